"""The configuration: sources, precedence, and every setting with a wrong value."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from vphost.config.settings import Config, ConfigError, describe, make
from vphost.rules.money import Currency


def written(folder: Path, text: str) -> Path:
    """Return a configuration file."""
    file = folder / "host.toml"
    file.write_text(text)
    return file


def test_nothing_given_is_the_default() -> None:
    assert make({}, {}, None) == Config()


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "port = 1\ndrain_s = 1\nping_interval_s = 100\n")
    config = make({"port": "3"}, {"VPHOST_PORT": "2", "VPHOST_DRAIN_S": "2"}, file)
    assert (config.port, config.drain_s, config.ping_interval_s) == (3, 2, 100)


def test_a_configuration_cannot_be_changed() -> None:
    config = make({}, {}, None)
    with pytest.raises(FrozenInstanceError):
        config.port = 1  # type: ignore[misc]


def test_tables_and_lists_come_from_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, """
allowed_origins = ["https://play.example", "http://localhost:3000"]
[currencies]
PLAY = {decimals = 2, symbol = "P"}
CHF = {decimals = 2}
[house_limits."house:rake"]
CHF = 500
""")
    config = make({}, {}, file)
    assert config.currencies == (Currency("PLAY", 2, "P"), Currency("CHF", 2, "CHF"))
    assert config.house_limits == {("house:rake", "CHF"): 500}
    assert config.allowed_origins == ("https://play.example", "http://localhost:3000")


@pytest.mark.parametrize("address", [
    Config().mail_from, "a+b@game.local", "me@host", "me@example.org",
])
def test_letters_are_from_an_address_here_or_anywhere(address: str) -> None:
    assert make({"mail_from": address}, {}, None).mail_from == address


def test_proxies_are_networks_or_single_addresses() -> None:
    given = "10.0.0.0/8, 192.0.2.1, 2001:DB8::/32, localhost, ::ffff:198.51.100.0/120"
    assert make({"trusted_proxies": given}, {}, None).trusted_proxies == (
        "10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32", "127.0.0.1/32", "::1/128",
        "198.51.100.0/24",
    )


def test_lists_of_the_environment_are_separated_by_commas() -> None:
    config = make({}, {"VPHOST_ALLOWED_ORIGINS": "https://a.example, https://b.example"}, None)
    assert config.allowed_origins == ("https://a.example", "https://b.example")


def test_keys_lie_beside_each_other_away_from_the_store() -> None:
    config = make({"var": "v"}, {}, None)
    assert config.sealing_keys == Path("v/keys/seal.keys")
    assert config.token_keys == Path("v/keys/token.keys")
    assert make({"key_file": "/k/mine"}, {}, None).token_keys == Path("/k/token.keys")


WRONG = [
    ("store", "postgres:x"), ("store", "mongodb://localhost"), ("store", "mongodb:///x"),
    ("store", "mongodb://a/b/c"), ("store", "sqlite:"),
    ("store", "sqlite://x"), ("store", ""), ("store", "sqlite:a\nb"), ("store", 5),
    ("var", ""), ("key_file", 5),
    ("address", "example.org"), ("address", "999.1.1.1"), ("address", True),
    ("port", "-1"), ("port", 65536), ("port", "80a"), ("port", 1.5), ("port", True),
    ("port", "٣"), ("port", "9" * 30),
    ("allowed_origins", ["*"]), ("allowed_origins", ["https://*.example"]),
    ("allowed_origins", ["https://a.example/"]), ("allowed_origins", ["ftp://a"]),
    ("allowed_origins", ["https://u@a"]), ("allowed_origins", ["https://a:x"]),
    ("allowed_origins", ["null"]), ("allowed_origins", 5), ("allowed_origins", ["http://a"] * 65),
    ("trusted_proxies", ["10.0.0.1/8"]), ("trusted_proxies", ["10.0.0.0/33"]),
    ("trusted_proxies", ["0.0.0.0/0"]), ("trusted_proxies", ["::/0"]),
    ("trusted_proxies", ["::ffff:0:0/96"]), ("trusted_proxies", ["proxy.example"]),
    ("trusted_proxies", ["10.0.0.1:80"]), ("trusted_proxies", 5),
    ("demo", "maybe"), ("demo", 1),
    ("currencies", "EUR"), ("currencies", {}), ("currencies", {"eur": {"decimals": 2}}),
    ("currencies", {"EUR": {"decimals": 9}}), ("currencies", {"EUR": {}}),
    ("currencies", {"EUR": {"decimals": 2, "colour": 1}}), ("currencies", {"EUR": 2}),
    ("currencies", {"EUR": {"decimals": 2, "symbol": "too long symbol"}}),
    ("debug", "on"), ("debug", "loopback"), ("check_frames", "maybe"), ("check_store", "maybe"),
    ("guests", "yes"), ("guest_grant", -1), ("guest_grant", 100_000_01),
    ("token_lifetime_s", 59), ("token_lifetime_s", 2_592_001),
    ("plugin_dirs", ["/no/such/folder"]), ("plugin_dirs", 1),
    ("house_limits", {"user:x": {"EUR": 1}}), ("house_limits", {"house:rake": 5}),
    ("house_limits", {"house:rake": {"EUR": -1}}), ("house_limits", {"house:rake": {"XXX": 1}}),
    ("house_limits", []),
    ("frame_bytes_max", 1023), ("frame_bytes_max", 1024 * 1024 + 1),
    ("access_lifetime_s", 3601), ("refresh_lifetime_s", 60), ("short_lifetime_s", 61),
    ("registrations_per_hour", 0), ("public_url", "ftp://a"), ("public_url", "http://a/#x"),
    ("email_confirm_redirect_link", "/confirm"), ("password_reset_redirect_link", "//evil"),
    ("mail", "sendmail"), ("mail", "smtp://"), ("mail", "smtp://u:secret@h"),
    ("mail", "smtp://h:x"),
    ("mail_from", "me"), ("mail_from", "a@b\nc"), ("mail_from", "A <a@b>"),
    ("mail_from", "A <a@localhost>"), ("mail_from", "a@b@localhost"), ("mail_from", "@localhost"),
    ("mail_from", "a@-b.local"), ("mail_from", "ä@localhost"),
    ("mail_from", "a@b."), ("mail_from", "a@b,c@d"), ("mail_password_file", 5),
    ("payments", "cash"), ("stripe_url", "api.stripe.com"), ("stripe_key", "a\tb"),
    ("stripe_key_file", 5), ("stripe_webhook_secret", ""), ("stripe_webhook_secret_file", ""),
    ("stripe_publishable_key", "ä"), ("uploads", "s3://"), ("uploads", "s3://a/b"),
    ("uploads", "ftp://x"), ("uploads_mib_max", 0), ("uploads_url", "//x"), ("s3_url", "x"),
    ("s3_region", "Europe 1"), ("s3_access_key", "a b"), ("s3_secret_key", "é"),
    ("s3_secret_key_file", 5), ("requests_per_s", 0), ("requests_burst", 100_001),
    ("messages_per_s", 0), ("messages_burst", 0), ("send_buffer_bytes_max", 1),
    ("sockets_per_user_max", 0), ("ping_interval_s", 0), ("ping_timeout_s", 0),
    ("ping_timeout_s", 16), ("drain_s", 601), ("log_level", "loud"), ("log_level", ["info"]),
    ("colour", "blue"), ("", "x"),
]


@pytest.mark.parametrize(("name", "value"), WRONG, ids=[f"{i}-{w[0]}" for i, w in enumerate(WRONG)])
def test_a_wrong_setting_is_named(name: str, value: object) -> None:
    with pytest.raises(ConfigError) as caught:
        make({name: value}, {}, None)
    assert caught.value.field == name
    assert str(caught.value).startswith(f"{name}: ")
    assert "\n" not in str(caught.value)


def test_every_setting_has_a_wrong_value_above() -> None:
    assert {one.name for one in fields(Config)} <= {name for name, _ in WRONG}


def test_the_demo_needs_its_currency() -> None:
    with pytest.raises(ConfigError) as caught:
        make({"demo": True, "currencies": {"EUR": {"decimals": 2}}}, {}, None)
    assert caught.value.field == "currencies"


def test_an_unknown_variable_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        make({}, {"VPHOST_PROT": "1"}, None)
    assert caught.value.field == "prot"


def test_variables_that_are_no_settings_are_left_alone() -> None:
    assert make({}, {"VPHOST_CONFIG": "x", "VPHOST_KILLS": "3", "HOME": "/"}, None) == Config()


@pytest.mark.parametrize("url", [
    "mongodb://localhost/db", "mongodb://a:1,b:2/db?replicaSet=rs",
    "mongodb+srv://u:p@a.example/db",
])
def test_mongodb_is_a_store(url: str) -> None:
    assert make({"store": url}, {}, None).store == url


def test_a_store_is_refused_without_repeating_its_password() -> None:
    for url in ("mongodb://u:secret@localhost", "mongo://u:secret@localhost/db"):
        with pytest.raises(ConfigError) as refused:
            make({"store": url}, {}, None)
        assert "secret" not in str(refused.value)


@pytest.mark.parametrize("content", [b"port =", b"\xff\xfe", b"a = " + b"[" * 50_000,
                                     b"# " + b"x" * 300_000])
def test_a_broken_file_is_the_setting_config(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "host.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        make({}, {}, file)
    assert caught.value.field == "config"


def test_a_missing_file_is_the_setting_config(tmp_path: Path) -> None:
    for file in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(ConfigError) as caught:
            make({}, {}, file)
        assert caught.value.field == "config"


def test_every_setting_says_unit_range_and_purpose() -> None:
    for one in fields(Config):
        assert all(one.metadata[note] for note in ("unit", "range", "help")), one.name
    assert len(describe()) == len(fields(Config))


@pytest.mark.parametrize(("word", "value"), [("on", True), ("TRUE", True), ("0", False)])
def test_a_switch_takes_the_usual_words(word: str, value: bool) -> None:
    assert make({"demo": word}, {}, None).demo is value


def test_the_ends_of_a_range_are_in_it() -> None:
    assert make({"port": 0}, {}, None).port == 0
    assert make({"port": 65535}, {}, None).port == 65535
