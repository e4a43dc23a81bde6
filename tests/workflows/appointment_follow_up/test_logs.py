"""No log line of a run holds a patient's data, whatever goes wrong in it."""

from tests.workflows.followed_up import dies, visited_stack


def test_ids_only() -> None:
    faults = {
        "whatsapp": [{"status": 500, "call": 4}, {"code": 131026, "call": 6}],
        **dies("SendFollowUp", "before_request"),
    }
    with visited_stack(faults=faults) as visited:
        visited.book()
        visited.complete(followUpQuestions=["¿Durmió bien?"])
        visited.complete(reservationId="r-18", patientPhone="ninguno")
        visited.stack.run_until_idle()
        log = "\n".join(visited.stack.log_lines)
        assert "follow_up_24h" in log
        for private in ("Paciente", "5500000001", "55 0000", "ninguno", "Durmió", "Hola", "Ficticia"):
            assert private not in log
