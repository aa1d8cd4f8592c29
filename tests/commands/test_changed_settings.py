"""A running worker says once that leadline.yaml has changed; it goes on with what it read at its start."""

from pathlib import Path

from structlog.testing import capture_logs

from commands.run import SettingsFile


def test_a_changed_file_is_told_once_and_its_way_back_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "leadline.yaml"
    told: list[int] = []

    def look(content: str | None) -> None:
        if content is None:
            file.unlink()
        else:
            file.write_text(content, encoding="utf-8")
        with capture_logs() as logs:
            settings.look()
            settings.look()
        assert all(one["event"] == "settings_changed" and "restart" in one["next_step"] for one in logs)
        told.append(len(logs))

    file.write_text("every: 2m", encoding="utf-8")
    settings = SettingsFile(file)
    look("every: 2m")
    look("every: 5m")
    look(None)
    look("every: 5m")
    look("every: 2m")
    look("every: 5m")
    assert told == [0, 1, 0, 0, 0, 1]
