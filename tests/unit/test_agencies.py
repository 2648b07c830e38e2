"""Agencies: who stands above whom, what is refused, what narrowing may do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from cleargate.agencies import reader, write
from cleargate.agencies.store import open_store
from cleargate.model.errors import BadUse, CleargateError, FieldError, TicketRefused
from cleargate.model.request import Agency, Person
from cleargate.model.words import Tri
from cleargate.storage.engine import Store
from tests.fakes import NOON, Dice, signing_key, ticket
from tests.places import Places, tampering

SHERIFF = Agency("SHERIFF", "County Sheriff", "jail", "local", "IL")
ICE = {"id": "ICE", "name": "Immigration and Customs Enforcement", "sector": "federal"}
ERO = {"id": "ICE-ERO", "name": "Enforcement and Removal Operations", "sector": "federal"}


@pytest.fixture
def store(places: Places) -> Iterator[Store]:
    with closing(open_store(places("agencies"), create=True)) as opened:
        write.first_administrator(
            opened,
            [SHERIFF],
            Person("a.ortiz", "SHERIFF", "administrator"),
            signing_key("a.ortiz").public_key().public_bytes_raw(),
            NOON,
            Dice(),
        )
        yield opened


def add(store: Store, leaf: int, **fields: str) -> Agency:
    return write.add_agency(store, ticket("agency:add", leaf, fields), NOON)


def test_an_agency_is_found_with_those_above_it(store: Store) -> None:
    add(store, 1, **ICE)
    add(store, 2, **ERO, parent="ICE")
    directory = reader.Directory(store)
    assert directory.agency("ICE-ERO").parent == "ICE"
    assert [a.id for a in directory.ancestors("ICE-ERO")] == ["ICE"]
    assert [a.id for a in directory.below("ICE")] == ["ICE-ERO"]


def test_an_unknown_agency_is_answered_with_the_close_match_and_all_known(store: Store) -> None:
    add(store, 1, **ICE)
    with pytest.raises(FieldError) as wrong:
        reader.Directory(store).agency("SHERIF")
    assert wrong.value.field == "represented"
    assert str(wrong.value) == (
        "No agency is called 'SHERIF'; did you mean SHERIFF? Known: ICE, SHERIFF."
    )


def test_the_directory_sees_a_change_of_another_process(store: Store, places: Places) -> None:
    directory = reader.Directory(store)
    first = directory.all()
    assert directory.all() is first
    with closing(open_store(places("agencies"))) as other:
        add(other, 1, **ICE)
    assert set(directory.all()) == {"ICE", "SHERIFF"}


def test_the_same_entry_adds_once(store: Store) -> None:
    before = add(store, 1, **ICE)
    assert add(store, 1, **ICE) == before
    assert len(reader.Directory(store).all()) == 2


def test_an_entry_that_did_one_thing_does_not_do_another(store: Store) -> None:
    add(store, 1, **ICE)
    with pytest.raises(TicketRefused, match="was used for agency:add"):
        write.narrow(
            store, ticket("agency:narrow", 1, {"criminal_justice": "no"}, target="ICE"), NOON
        )


def test_a_ticket_adds_one_agency(store: Store) -> None:
    used = ticket("agency:add", 1, ICE)
    write.add_agency(store, used, NOON)
    with pytest.raises(TicketRefused, match="spent"):
        write.add_agency(store, used, NOON)


def test_a_ticket_for_something_else_adds_nothing(store: Store) -> None:
    with pytest.raises(TicketRefused, match="not agency:add"):
        write.add_agency(store, ticket("search", 1, ICE), NOON)
    assert set(reader.Directory(store).all()) == {"SHERIFF"}


def test_a_failed_act_leaves_its_entry_unused(store: Store) -> None:
    with pytest.raises(FieldError):
        add(store, 1, **ERO, parent="ICE")
    add(store, 1, **ICE)
    assert "ICE" in reader.Directory(store).all()


@pytest.mark.parametrize(
    ("fields", "named", "says"),
    [
        ({"id": "X"}, "name", "missing"),
        ({"name": "X"}, "id", "missing"),
        ({"id": "X", "name": "X", "nmae": "X"}, "nmae", "did you mean name?"),
        ({"id": "a b", "name": "X"}, "id", "like ICE-ERO"),
        ({"id": "X", "name": "X", "kind": "imigration"}, "kind", "did you mean immigration?"),
        ({"id": "X", "name": "X"}, "state", "lies in a state"),
        ({"id": "X", "name": "X", "state": "Illinois"}, "state", "like IL"),
        ({"id": "X", "name": "X", "state": "IL", "ori": "IL016"}, "ori", "like IL0160000"),
        ({"id": "X", "name": "X\nY", "state": "IL"}, "name", "control character"),
        ({"id": "X", "name": "X" * 201, "state": "IL"}, "name", "longer than 200"),
        ({"id": "X", "name": "X", "state": "IL", "parent": "Y"}, "parent", "add the parent first"),
        ({"id": "sheriff", "name": "X", "state": "IL"}, "id", "'SHERIFF' is there"),
    ],
)
def test_an_agency_that_is_not_well_described_is_refused_by_field(
    store: Store, fields: dict[str, str], named: str, says: str
) -> None:
    with pytest.raises(FieldError, match=says.replace("?", r"\?")) as wrong:
        add(store, 1, **fields)
    assert wrong.value.field == named


def test_one_ori_is_one_agency(store: Store) -> None:
    add(store, 1, **ICE, ori="DCICE0000")
    with pytest.raises(FieldError, match="is ICE's"):
        add(store, 2, id="HOMELAND", name="Homeland", sector="federal", ori="DCICE0000")


def narrow(store: Store, leaf: int, target: str, **fields: str) -> Agency:
    return write.narrow(store, ticket("agency:narrow", leaf, fields, target=target), NOON)


def test_narrowing_goes_one_way(store: Store) -> None:
    add(store, 1, **ICE, enforces_civil_immigration="no", criminal_justice="yes")
    less = narrow(store, 2, "ICE", enforces_civil_immigration="yes", criminal_justice="unknown")
    assert (less.enforces_civil_immigration, less.criminal_justice) == (Tri.YES, Tri.UNKNOWN)
    with pytest.raises(FieldError, match="would widen"):
        narrow(store, 3, "ICE", enforces_civil_immigration="unknown")
    with pytest.raises(FieldError, match="would widen"):
        narrow(store, 4, "ICE", criminal_justice="yes")
    assert reader.Directory(store).agency("ICE") == less


def test_narrowing_nothing_is_an_error(store: Store) -> None:
    with pytest.raises(FieldError, match="Nothing is narrowed"):
        narrow(store, 1, "SHERIFF")


def test_an_agency_that_is_not_there_is_not_narrowed(store: Store) -> None:
    with pytest.raises(FieldError, match="No agency is called 'FBI'"):
        narrow(store, 1, "FBI", criminal_justice="no")
    with pytest.raises(FieldError, match="Name the agency"):
        narrow(store, 2, "", criminal_justice="no")


def test_a_cycle_of_agencies_is_refused(store: Store) -> None:
    add(store, 1, **ICE)
    add(store, 2, **ERO, parent="ICE")
    with pytest.raises(FieldError, match="may not have a cycle"):
        narrow(store, 3, "ICE", parent="ICE-ERO")
    with pytest.raises(FieldError, match="may not have a cycle"):
        narrow(store, 4, "ICE", parent="ICE")


def test_an_agency_does_not_leave_the_one_above_it(store: Store) -> None:
    add(store, 1, **ICE)
    add(store, 2, **ERO)
    assert narrow(store, 3, "ICE-ERO", parent="ICE").parent == "ICE"
    with pytest.raises(FieldError, match="leaving it would widen"):
        narrow(store, 4, "ICE-ERO", parent="SHERIFF")


def test_a_tree_that_was_broken_by_hand_is_named(store: Store) -> None:
    add(store, 1, **ICE)
    add(store, 2, **ERO, parent="ICE")
    with tampering(store) as conn:
        conn.execute("UPDATE agency SET parent = 'ICE-ERO' WHERE id = 'ICE'")
    with pytest.raises(CleargateError, match="tree of agencies is broken"):
        reader.Directory(store).ancestors("ICE")


def test_the_first_administrator_is_written_into_an_empty_store_only(store: Store) -> None:
    with pytest.raises(BadUse, match="is there"):
        write.first_administrator(
            store, [], Person("b", "SHERIFF", "administrator"), bytes(32), NOON, Dice()
        )
