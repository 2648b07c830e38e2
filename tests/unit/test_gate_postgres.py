"""The ten steps with every store in a database: the tests of files, run there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.test_gate import (
    here,
    test_a_changing_act_is_refused_without_its_proposal,
    test_a_decision_that_was_not_acted_on_is_reported_at_start_up,
    test_a_hold_needs_the_judges_paper_and_not_the_detainer,
    test_administration_is_decided_by_the_custodians_own_pack,
    test_after_the_entry_that_cuts_an_agency_off_no_entry_answers_it,
    test_an_act_that_was_done_and_not_logged_is_logged_at_start_up,
    test_one_custodian_admits_nobody_to_the_others_people,
    test_step_1_a_credential_that_is_not_in_force_is_told_one_sentence,
    test_step_1_a_revoked_credential_opens_nothing_any_more,
    test_step_1_the_requesters_agency_comes_from_the_credential,
    test_step_2_a_field_that_is_wrong_is_named_in_a_sentence,
    test_step_2_a_mask_cannot_be_asked_for,
    test_step_2_an_unknown_action_is_named,
    test_step_2_more_rows_than_a_page_holds_names_the_setting,
    test_step_3_a_paper_about_nobody_is_no_evidence_against_anyone,
    test_step_3_a_paper_about_one_person_is_no_evidence_against_another,
    test_step_3_one_agencys_case_is_no_evidence_for_another,
    test_step_3_verified_by_one_custodian_is_not_verified_for_the_other,
    test_step_4_a_book_whose_texts_were_changed_decides_nothing,
    test_step_4_a_refusal_says_what_would_change_it,
    test_step_4_asking_for_another_is_asking_as_it,
    test_step_4_the_purpose_alone_opens_nothing,
    test_step_5_a_closed_mask_is_named_with_the_rows_that_it_closes,
    test_step_5_a_read_without_a_target_is_no_request,
    test_step_6_a_refusal_is_logged_before_it_is_answered,
    test_step_6_persons_and_search_terms_are_not_in_the_clear,
    test_step_7_a_refusal_makes_no_ticket,
    test_step_7_a_ticket_works_once,
    test_step_9_an_answer_is_logged_with_its_rows_and_columns,
    test_step_10_the_receipt_checks_offline,
    test_what_was_not_a_request_is_logged_once_a_minute_per_credential,
)

__all__ = [
    "here",
    "test_a_changing_act_is_refused_without_its_proposal",
    "test_a_decision_that_was_not_acted_on_is_reported_at_start_up",
    "test_a_hold_needs_the_judges_paper_and_not_the_detainer",
    "test_administration_is_decided_by_the_custodians_own_pack",
    "test_after_the_entry_that_cuts_an_agency_off_no_entry_answers_it",
    "test_an_act_that_was_done_and_not_logged_is_logged_at_start_up",
    "test_one_custodian_admits_nobody_to_the_others_people",
    "test_step_1_a_credential_that_is_not_in_force_is_told_one_sentence",
    "test_step_1_a_revoked_credential_opens_nothing_any_more",
    "test_step_1_the_requesters_agency_comes_from_the_credential",
    "test_step_2_a_field_that_is_wrong_is_named_in_a_sentence",
    "test_step_2_a_mask_cannot_be_asked_for",
    "test_step_2_an_unknown_action_is_named",
    "test_step_2_more_rows_than_a_page_holds_names_the_setting",
    "test_step_3_a_paper_about_nobody_is_no_evidence_against_anyone",
    "test_step_3_a_paper_about_one_person_is_no_evidence_against_another",
    "test_step_3_one_agencys_case_is_no_evidence_for_another",
    "test_step_3_verified_by_one_custodian_is_not_verified_for_the_other",
    "test_step_4_a_book_whose_texts_were_changed_decides_nothing",
    "test_step_4_a_refusal_says_what_would_change_it",
    "test_step_4_asking_for_another_is_asking_as_it",
    "test_step_4_the_purpose_alone_opens_nothing",
    "test_step_5_a_closed_mask_is_named_with_the_rows_that_it_closes",
    "test_step_5_a_read_without_a_target_is_no_request",
    "test_step_6_a_refusal_is_logged_before_it_is_answered",
    "test_step_6_persons_and_search_terms_are_not_in_the_clear",
    "test_step_7_a_refusal_makes_no_ticket",
    "test_step_7_a_ticket_works_once",
    "test_step_9_an_answer_is_logged_with_its_rows_and_columns",
    "test_step_10_the_receipt_checks_offline",
    "test_what_was_not_a_request_is_logged_once_a_minute_per_credential",
]


pytestmark = pytest.mark.long


@pytest.fixture
def tmp_path(in_database: Path) -> Path:
    """The folder of those tests, whose stores lie in a database here."""
    return in_database
