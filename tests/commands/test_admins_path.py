"""What an admin does on the first day, with the real command against a real sandbox, step by step."""

from pathlib import Path

from sandbox.box import Box
from tests.commands.office import run


def edited(template: str, box: Box) -> str:
    """What the admin types into the file that `init` wrote."""
    return (
        template.replace("https://acme.my.salesforce.com", box.salesforce_url)
        .replace("# base_url: https://api.hubapi.com", f"base_url: {box.hubspot_url}")
        .replace("      mode: off ", "      mode: on ")
        .replace("      mode: off\n", "      mode: on\n")
    )


def test_from_an_empty_folder_to_an_explained_lead(tmp_path: Path, box: Box) -> None:
    secrets = {
        "SF_CLIENT_ID": box.client_id,
        "SF_CLIENT_SECRET": box.client_secret,
        "HUBSPOT_TOKEN": box.token,
    }

    def step(*args: str) -> tuple[int, str]:
        answer = run(tmp_path, *args, **secrets)
        assert box.client_secret not in answer.out + answer.err
        assert box.token not in answer.out + answer.err
        return answer.code, answer.out + answer.err

    code, said = step("init")
    assert code == 0
    assert "leadline check" in said

    file = tmp_path / "leadline.yaml"
    file.write_text(edited(file.read_text("utf-8"), box), encoding="utf-8")

    code, said = step("check")
    assert code == 1, "before set-up the fields are missing"
    assert "✔" in said
    assert "→" in said

    code, said = step("setup", "--plan")
    assert code == 0
    assert "Leadline_Score__c" in said
    assert not box.portal.schemas["contacts"].get("leadline_score"), "a plan changes nothing"

    code, said = step("setup", "--apply")
    assert code == 0
    assert step("check")[0] == 0

    before = box.org.rows("Lead")
    code, said = step("--json", "sync", "--dry-run")
    assert code == 0
    assert box.org.rows("Lead") == before, "a dry run writes nothing"

    answer = run(tmp_path, "sync", "--json", **secrets)
    assert answer.code == 0
    assert [report["written"] for report in answer.json] == [40, 40]

    answer = run(tmp_path, "--json", "sync", **secrets)
    assert answer.code == 0
    assert [report["written"] for report in answer.json] == [0, 0]

    code, said = step("status")
    assert code == 0
    assert "acme-salesforce" in said

    lead = box.lead_ids[0]
    answer = run(tmp_path, "explain", "acme-salesforce", lead, "--json", **secrets)
    (found,) = answer.json
    points = sum(line["points"] or 0 for line in found["lines"])
    score = found["verdict"]["score"]
    assert score is None or max(1, min(99, points)) == score
    row = box.org.get("Lead", lead)
    assert row.get("Leadline_Score__c") == score
