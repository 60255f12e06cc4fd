"""The contract suite's own assertions are rewritten like those of a test module."""

import pytest

pytest.register_assert_rewrite("chains", "store_contract")
