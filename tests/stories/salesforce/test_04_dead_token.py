"""Story 4: endless logins, or a recursion error, on a 401 that stays (simple-salesforce#804, #709, #598)."""

from sandbox.faults import Fault
from tests.stories.fire import Fire
from tests.stories.salesforce.world import add_leads, logins


def test_a_dead_token_costs_two_logins_and_one_connection(fire: Fire) -> None:
    leads = add_leads(fire, 3)
    fire.sync()
    fire.box.org.sessions.refuse_all = True
    fire.box.org.update("Lead", leads[0], {"NumberOfEmployees": 500})
    fire.journal.clear()
    for _ in range(3):
        report = fire.sync()
        assert report.outcome == "failed"
        assert "session" in str(report.error)
    assert logins(fire) <= 2
    fire.restart()
    fire.box.org.sessions.refuse_all = False
    fire.settle()
    fire.assert_at_rest()


def test_a_session_that_ends_in_the_middle_of_a_pass_costs_one_login(fire: Fire) -> None:
    add_leads(fire, 3)
    fire.sync()
    add_leads(fire, 3)
    fire.journal.clear()
    report = fire.sync(meet=fire.box.org.sessions.revoke_all)
    assert (report.outcome, report.written) == ("ok", 3)
    assert logins(fire) == 1
    fire.settle()
    fire.assert_at_rest()


def test_an_idle_session_is_renewed_in_silence(fire: Fire) -> None:
    add_leads(fire, 1)
    fire.sync()
    fire.journal.clear()
    assert fire.sync(3 * 3600).outcome == "ok"
    assert logins(fire) == 1


def test_a_session_that_ended_unused_is_renewed_in_silence(fire: Fire) -> None:
    """The org was down from the login on; hours later a dead session must not look like a refused user."""
    add_leads(fire, 1)
    fire.connector.server_time()
    fire.faults.add(Fault(path="/services/data/*", status=503, times=None))
    assert fire.sync().outcome == "failed"
    fire.faults.clear()
    assert fire.sync(3 * 3600).outcome == "ok"
    fire.settle()
    fire.assert_at_rest()
