"""Where each numbered attack is tested, and that it still is.

Numbers are those of the project's list of attacks: 1 to 10 handshake, 11 to 24 framing and
resources, 25 to 36 HTTP, 37 to 44 signing in, 45 to 50 rights, 62 to 66 texts, 67 to 70 money,
71 to 73 operations. A test that goes away fails here.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
HERE, SOCKETS, HTTP = "web/test_security_", "web/test_sockets.py", "web/test_http.py"
HANDSHAKE, WEB, AUTH = HERE + "handshake.py", HERE + "http.py", HERE + "auth.py"
FRAMING, LINES, RIGHTS = "web/test_framing.py", "web/test_lines.py", HERE + "tables.py"
ADMIN, KEYS = "web/test_admin_rest.py", "services/accounts/test_api_keys.py"
AUDIT = "services/operators/test_audit.py"
FORGERS = "services/accounts/test_access_tokens.py"

INDEX: dict[int, tuple[tuple[str, str], ...]] = {
    1: ((SOCKETS, "test_origins_are_checked_against_a_list"),
        (HANDSHAKE, "test_01_to_04_a_foreign_origin_uses_no_ticket_up")),
    2: ((HANDSHAKE, "test_01_to_04_a_foreign_origin_uses_no_ticket_up"),),
    3: ((HANDSHAKE, "test_01_to_04_a_foreign_origin_uses_no_ticket_up"),),
    4: ((HANDSHAKE, "test_01_to_04_a_foreign_origin_uses_no_ticket_up"),),
    5: ((HANDSHAKE, "test_05_no_origin_and_a_cookie_only_is_refused_a_ticket_is_taken"),),
    6: ((SOCKETS, "test_a_forged_token_gets_no_event_of_the_room"),
        (HANDSHAKE, "test_06_a_token_of_another_audience_or_time_gets_no_event"),
        (HANDSHAKE, "test_06_a_ticket_is_over_after_its_time")),
    7: ((HANDSHAKE, "test_07_a_ticket_opens_one_socket"),
        (HANDSHAKE, "test_07_the_refresh_of_a_ticket_works_once")),
    8: ((HANDSHAKE, "test_08_a_ticket_of_one_table_does_not_open_another"),),
    9: ((SOCKETS, "test_a_wrong_handshake_is_refused"),),
    10: ((SOCKETS, "test_the_newest_connection_wins"),),
    11: ((FRAMING, "test_an_unmasked_frame_is_answered_with_1002"),
         (FRAMING, "test_an_unmasked_frame_is_not_acted_upon")),
    12: ((FRAMING, "test_an_illegal_close_code_is_answered_with_1002"),),
    13: ((FRAMING, "test_a_broken_frame_is_answered_with_1002"),),
    14: ((FRAMING, "test_a_message_far_over_the_limit_is_answered_with_1009"),
         (FRAMING, "test_a_declared_length_of_2_to_62_is_answered_with_1009")),
    15: ((FRAMING, "test_fragments_count_together_against_the_limit"),),
    16: ((FRAMING, "test_invalid_utf8_over_two_fragments_is_answered_with_1007"),),
    17: ((FRAMING, "test_compression_is_not_offered"),),
    18: ((FRAMING, "test_a_flood_of_frames_is_answered_with_1008"),
         (LINES, "test_a_slow_answer_keeps_no_pong_waiting")),
    19: ((SOCKETS, "test_a_slow_reader_is_dropped_and_costs_nobody_else"),),
    20: ((LINES, "test_hundreds_wait_in_the_queue_while_the_host_is_busy"),
         (LINES, "test_a_storm_of_sockets_is_let_in")),
    21: ((SOCKETS, "test_a_user_has_a_bounded_number_of_sockets"),),
    22: ((HTTP, "test_half_a_request_is_cut_off"),),
    23: ((SOCKETS, "test_a_flood_is_answered_then_closed_with_1008"),
         (LINES, "test_a_flood_leaves_the_others_their_turns")),
    24: ((SOCKETS, "test_silence_instead_of_a_token_ends_with_4401"),),
    25: ((HTTP, "test_ambiguous_requests_are_refused"),),
    26: ((HTTP, "test_a_header_over_the_limit_is_answered_with_431"),
         (WEB, "test_26_five_thousand_headers_are_refused")),
    27: ((HTTP, "test_a_body_over_the_limit_is_answered_with_413"),
         (WEB, "test_27_a_body_of_200_megabytes_is_refused_before_it_comes"),
         (WEB, "test_27_multipart_and_forms_are_never_parsed")),
    28: ((WEB, "test_28_29_bodies_without_one_meaning_are_refused"),
         (HTTP, "test_broken_bodies_are_refused")),
    29: ((WEB, "test_28_29_bodies_without_one_meaning_are_refused"),),
    30: ((WEB, "test_30_a_field_that_is_not_known_is_refused"),),
    31: ((HTTP, "test_no_path_leads_out_of_the_static_folder"),),
    32: ((WEB, "test_32_no_text_of_a_caller_gets_into_a_header"),),
    33: ((WEB, "test_33_nothing_redirects"),),
    34: (("web/test_peers.py", "test_who_was_forwarded_is_never_local"),
         (WEB, "test_34_a_forwarded_address_of_a_stranger_changes_nothing"),
         ("web/test_peers.py", "test_the_client_behind_trusted_proxies")),
    35: ((WEB, "test_35_other_methods_are_405_and_nothing_overrides_one"),),
    36: (("pages/test_swagger_page.py",
          "test_36_the_page_shows_this_hosts_calls_and_ignores_its_query"),),
    37: ((FORGERS, "test_a_token_without_a_signature_is_refused"),
         (FORGERS, "test_a_public_key_is_not_a_secret"),
         (FORGERS, "test_a_key_id_is_only_looked_up"),
         (FORGERS, "test_a_header_that_brings_its_own_key_is_refused"),
         (AUTH, "test_37_38_a_forged_token_is_401_for_every_call_and_socket")),
    38: ((FORGERS, "test_a_claim_that_is_not_ours_is_refused"),
         (FORGERS, "test_another_kind_of_token_is_refused"),
         (FORGERS, "test_clocks_may_differ_a_little")),
    39: ((AUTH, "test_39_an_old_refresh_token_ends_the_family_and_its_sockets"),),
    40: ((AUTH, "test_40_what_ends_a_session_closes_its_sockets_within_a_second"),
         (AUTH, "test_40_a_session_that_ends_during_the_handshake_opens_nothing"),
         (AUTH, "test_40_a_user_who_is_kicked_loses_his_socket_at_once")),
    41: ((AUTH, "test_41_known_and_unknown_users_get_the_same_answer"),
         (AUTH, "test_41_the_times_of_known_and_unknown_users_are_alike")),
    42: ((AUTH, "test_42_a_thousand_guesses_at_once_look_at_few_passwords"),
         (AUTH, "test_42_guesses_at_many_accounts_from_one_address_are_slowed_down"),
         (AUTH, "test_42_a_flood_of_sign_ins_does_not_hold_up_the_loop"),
         (AUTH, "test_42_a_guesser_bars_themselves_and_not_the_owner"),
         (AUTH, "test_42_a_signed_in_owner_changes_the_password_all_the_same"),
         (AUTH, "test_42_letters_of_a_stranger_leave_some_to_the_owner"),
         ("services/test_guesses.py", "test_guessing_from_everywhere_is_bounded")),
    43: ((KEYS, "test_43_what_is_not_the_key_is_refused_alike"),
         (KEYS, "test_43_wrong_keys_are_slowed_down_for_each_address"),
         (ADMIN, "test_43_a_wrong_key_is_refused_like_any_other_and_never_repeated")),
    44: ((AUTH, "test_44_basic_and_tokens_in_the_query_are_refused"),),
    45: ((RIGHTS, "test_45_what_is_anothers_looks_like_what_is_not_there"),
         (RIGHTS, "test_45_a_player_reads_only_his_own_figures"),
         ("fuzz/test_api_fuzz.py", "test_fuzzed_chains_of_calls_never_show_anothers_objects")),
    46: ((RIGHTS, "test_46_a_player_is_no_host"),),
    47: ((RIGHTS, "test_47_a_host_does_not_kick_himself"),),
    48: ((RIGHTS, "test_48_a_spectator_plays_nothing"),
         (RIGHTS, "test_48_who_was_kicked_plays_nothing")),
    55: ((ADMIN, "test_55_a_running_hand_is_shown_as_to_a_stranger"),),
    62: ((WEB, "test_62_a_name_that_is_no_name_is_refused"),
         (WEB, "test_62_a_name_that_looks_like_a_taken_one_is_refused"),
         (WEB, "test_62_a_letter_shows_a_name_as_text")),
    63: ((RIGHTS, "test_63_no_filter_comes_from_a_caller"),
         ("store/test_admin_on_mongo.py", "test_63_no_filter_comes_from_a_caller")),
    64: (("tables/test_report_pages.py",
          "test_64_a_text_that_could_be_a_formula_stays_a_text"),
         ("web/test_reports_rest.py", "test_64_a_hostile_table_name_is_words_everywhere")),
    65: ((AUTH, "test_65_no_secret_and_no_forged_line_gets_into_the_log"),),
    66: ((RIGHTS, "test_66_no_address_that_a_caller_names_is_visited"),),
    69: (("web/test_rest_conventions.py", "test_69_the_same_key_acts_once_and_answers_the_same"),
         ("web/test_rest_conventions.py", "test_69_the_same_key_at_once_is_refused"),
         ("web/test_rest_conventions.py", "test_69_another_users_key_is_another_key")),
    71: ((WEB, "test_71_a_fault_is_an_incident_and_others_go_on"),
         (SOCKETS, "test_a_frame_that_cannot_be_made_ends_sockets_but_not_the_room")),
    73: ((AUDIT, "test_73_the_first_wrong_row_is_named"),
         (ADMIN, "test_73_the_log_is_paged_and_its_chain_is_judged")),
    72: ((ADMIN, "test_72_nobody_but_an_operator_comes_in"),
         (WEB, "test_72_every_verb_that_is_not_public_asks_who_calls"),
         (WEB, "test_72_nothing_inner_is_served_to_the_public"),
         ("web/test_debug_rest.py", "test_72_debugging_is_off_where_nobody_asked_for_it"),
         ("web/test_debug_rest.py", "test_72_the_calls_are_for_operators_the_page_holds_nothing"),
         ("pages/test_debug_page.py", "test_72_in_the_demo_the_page_is_for_this_machine")),
}


LATER = {
    49: "the leaderboard of finished rounds comes with their API",
    50: "messages of a queue come with the wallet's API",
}
"""What there is nothing yet to attack of."""


@cache
def defined_in(name: str) -> set[str]:
    """Return the names of a file's tests."""
    tree = ast.parse((TESTS / name).read_text())
    return {
        node.name for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("number", INDEX)
def test_the_attack_is_tested(number: int) -> None:
    for file, test in INDEX[number]:
        assert test in defined_in(file), f"{file} has no {test}"


def test_no_attack_is_forgotten() -> None:
    expected = {*range(1, 51), *range(62, 67), *range(71, 74)}
    assert expected - INDEX.keys() == LATER.keys()
