import json
from datetime import time
from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.money import Money
from console.inputs.clinic import parse_clinic
from console.terminal.errors import InputError


def clinic_file() -> dict[str, Any]:
    return {
        "clinics": [
            {
                "id": "main",
                "name": "Clínica Ejemplo",
                "address": "Calle Ficticia 123",
                "time_zone": "America/Mexico_City",
                "phone": "+525500000001",
            }
        ],
        "profiles": [
            {
                "id": "dr-1",
                "name": "Dra. Ejemplo",
                "phone": "+525500000011",
                "time_zone": "America/Tijuana",
                "clinic_id": "main",
            }
        ],
        "services": [{"id": "s-1", "profile_id": "dr-1", "name": "Consulta", "duration": 30}],
        "availability_rules": [
            {"id": "r-1", "profile_id": "dr-1", "day_of_week": 0, "start_time": "09:00", "end_time": "14:00"}
        ],
        "date_overrides": [{"id": "o-1", "profile_id": "dr-1", "date": "2026-12-25", "available": False}],
        "charges": [{"id": "ch_1", "amount": "500.00", "currency": "MXN"}],
    }


def changed(path: list[str | int], value: object) -> bytes:
    document = clinic_file()
    target: Any = document
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    return json.dumps(document).encode()


def problems(content: bytes) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        parse_clinic(content, "clinic.json")
    return caught.value.problems


def test_a_whole_file_is_read_with_its_defaults() -> None:
    file = parse_clinic(json.dumps(clinic_file()).encode(), "clinic.json")

    rule = file.availability_rules[0]
    assert (rule.slot_duration, rule.buffer_time, rule.max_appointments_per_slot) == (None, 0, 1)
    assert rule.service_ids is None
    assert file.profiles[0].is_active
    assert file.services[0].is_active
    assert file.charges[0].money == Money(Decimal(500), "MXN")
    assert file.clinics[0].parking_info is None


def test_a_clinic_alone_is_enough() -> None:
    document = {"clinics": clinic_file()["clinics"]}

    assert parse_clinic(json.dumps(document).encode(), "clinic.json").profiles == ()


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (
            ["clinics", 0, "time_zone"],
            "America/Mexico",
            "clinics[0].time_zone: 'America/Mexico': expected an IANA time zone",
        ),
        (
            ["clinics", 0, "time_zone"],
            "America",
            "clinics[0].time_zone: 'America': expected an IANA time zone",
        ),
        (
            ["clinics", 0, "time_zone"],
            "../etc/passwd",
            "clinics[0].time_zone: '../etc/passwd': expected an IANA time zone",
        ),
        (["clinics", 0, "time_zone"], "", "clinics[0].time_zone: '': expected an IANA time zone"),
        (
            ["clinics", 0, "phone"],
            "5500000001",
            "clinics[0].phone: '5500000001': expected a phone number in international form",
        ),
        (["clinics", 0, "phone"], "+٥٢٥٥٠٠٠٠٠٠٠١", "clinics[0].phone: "),
        (["clinics", 0, "id"], "a#b", "clinics[0].id: 'a#b': expected up to 128 letters"),
        (["clinics", 0, "bedtime"], "25:00", "clinics[0].bedtime: '25:00': must be a time of day"),
        (
            ["clinics", 0, "dinner_time"],
            "13:00",
            "clinics[0]: breakfast_time, lunch_time, dinner_time, bedtime: ",
        ),
        (["clinics", 0, "parking"], "yes", "clinics[0].parking: unknown field; did you mean 'parking_info'?"),
        (["clinics"], [], "clinics: must be a list of at least one clinic"),
        (["profiles", 0, "clinic_id"], "other", "profiles[0].clinic_id: no clinic has the id 'other'"),
        (
            ["services", 0, "duration"],
            "30",
            "services[0].duration: '30' is not accepted; it must be whole minutes",
        ),
        (["services", 0, "duration"], 0, "services[0].duration: 0 is not accepted; it must be whole minutes"),
        (["services", 0, "profile_id"], "dr-2", "services[0].profile_id: no profile has the id 'dr-2'"),
        (["availability_rules", 0, "day_of_week"], 7, "availability_rules[0].day_of_week: 7 is not accepted"),
        (
            ["availability_rules", 0, "start_time"],
            "9:00",
            "availability_rules[0].start_time: '9:00': must be a time",
        ),
        (
            ["availability_rules", 0, "start_time"],
            "24:00",
            "availability_rules[0].start_time: '24:00': must be a time",
        ),
        (
            ["availability_rules", 0, "end_time"],
            "09:00",
            "availability_rules[0]: end_time must be later than start_time",
        ),
        (
            ["availability_rules", 0, "end_time"],
            "24:01",
            'availability_rules[0].end_time: \'24:01\': must be a time of day, "HH:MM" up to "24:00"',
        ),
        (
            ["availability_rules", 0, "service_ids"],
            ["s-2"],
            "availability_rules[0].service_ids[0]: no service has the id 's-2'",
        ),
        (["availability_rules", 0, "service_ids"], [], "availability_rules[0].service_ids: a list is not"),
        (["services", 0, "is_active"], "no", "services[0].is_active: 'no' is not accepted; it must be true"),
        (
            ["date_overrides", 0, "buffer_time"],
            5,
            "date_overrides[0]: buffer_time says how hours are cut: start_time and end_time are missing",
        ),
        (["charges", 0, "amount"], 500, "charges[0].amount: 500: must be an amount in the currency itself"),
        (["charges", 0, "amount"], "1e3", "charges[0].amount: '1e3': must be an amount"),
        (["charges", 0, "amount"], "0", "charges[0]: amount must be more than zero"),
        (["charges", 0, "amount"], "500.000", "charges[0]: expected at most 2 decimals in MXN"),
        (["charges", 0, "currency"], "mxn", "charges[0].currency: 'mxn': must be a currency of ISO 4217"),
        (["date_overrides", 0, "date"], "2026-02-30", "date_overrides[0].date: '2026-02-30': must be a date"),
        (
            ["date_overrides", 0, "start_time"],
            "10:00",
            "date_overrides[0]: start_time and end_time come together",
        ),
        (["services"], {}, "services: an object is not accepted; it must be a list of services"),
    ],
)
def test_a_wrong_field_is_named_with_what_is_accepted(
    path: list[str | int], value: object, expected: str
) -> None:
    found = problems(changed(path, value))

    assert any(problem.startswith(f"clinic.json: {expected}") for problem in found), found


@pytest.mark.parametrize("end", ["24:00", "00:00"])
def test_hours_may_end_at_midnight(end: str) -> None:
    (rule,) = parse_clinic(changed(["availability_rules", 0, "end_time"], end), "f").availability_rules

    assert rule.end_time == time(0)


def test_a_rule_may_not_name_a_service_of_somebody_else() -> None:
    document = clinic_file()
    document["profiles"].append(document["profiles"][0] | {"id": "dr-2"})
    document["availability_rules"][0] |= {"profile_id": "dr-2", "service_ids": ["s-1"]}

    (problem,) = problems(json.dumps(document).encode())
    assert problem.endswith("service_ids[0]: the service 's-1' is not the profile's 'dr-2'")


def test_a_date_may_have_several_stretches_of_hours() -> None:
    document = clinic_file()
    day = {"profile_id": "dr-1", "date": "2026-12-24", "available": True}
    document["date_overrides"] += [
        day | {"id": "o-2", "start_time": "09:00", "end_time": "11:00", "slot_duration": 15},
        day | {"id": "o-3", "start_time": "20:00", "end_time": "24:00", "service_ids": ["s-1"]},
    ]

    file = parse_clinic(json.dumps(document).encode(), "clinic.json")
    assert [part.slot_duration for part in file.date_overrides] == [None, 15, None]


def test_an_id_may_stand_once() -> None:
    document = clinic_file()
    document["clinics"] *= 2

    assert problems(json.dumps(document).encode()) == ("clinic.json: clinics: the id 'main' stands twice",)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{", b"\xff", b'{"clinics": 1}'])
def test_what_is_no_clinic_file_is_refused_in_one_line(content: bytes) -> None:
    assert len(problems(content)) == 1


def test_texts_of_several_lines_are_joined_as_in_an_event() -> None:
    file = parse_clinic(
        changed(["clinics", 0, "parking_info"], "Sótano 1\n\nSótano 2\t(lleno)"), "clinic.json"
    )

    assert file.clinics[0].parking_info == "Sótano 1 · Sótano 2 (lleno)"


def test_a_phone_number_may_be_written_with_blanks() -> None:
    file = parse_clinic(changed(["clinics", 0, "phone"], "+52 55 0000 0001"), "clinic.json")

    assert file.clinics[0].phone == "+525500000001"
