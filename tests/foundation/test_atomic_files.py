"""Files are whole or absent, and an older one stays until the new one is whole."""

import pytest

from fem_lumbar.foundation.atomic_files import replacing, write_table, write_text


def test_a_file_appears_at_the_end_of_the_block(tmp_path):
    path = tmp_path / "a.vtu"
    with replacing(path) as part:
        part.write_text("whole")
        assert not path.exists() and part.parent == tmp_path and part.suffix == ".part"
    assert path.read_text() == "whole" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError(28, "no space left"), KeyboardInterrupt()])
def test_after_an_error_the_older_file_is_still_there(tmp_path, error):
    path = write_text(tmp_path / "a.txt", "older")
    with pytest.raises(type(error)), replacing(path) as part:
        part.write_text("ha")
        raise error
    assert path.read_text() == "older" and list(tmp_path.iterdir()) == [path]


def test_names_with_the_same_stem_do_not_share_a_temporary_file(tmp_path):
    with replacing(tmp_path / "a.json") as first, replacing(tmp_path / "a.csv") as second:
        first.write_text("{}")
        second.write_text("x")
    assert (tmp_path / "a.json").read_text() == "{}" and (tmp_path / "a.csv").read_text() == "x"


def test_a_table_has_empty_cells_where_a_row_says_nothing(tmp_path):
    path = write_table(tmp_path / "a.csv", ["case", "N"], iter([{"case": "flexion"}, {"case": "standing", "N": 2.5}]))
    assert path.read_bytes() == b"case,N\nflexion,\nstanding,2.5\n"


def test_a_row_that_cannot_be_written_leaves_the_older_table(tmp_path):
    path = write_table(tmp_path / "a.csv", ["case"], [{"case": "flexion"}])
    with pytest.raises(ValueError, match="not in fieldnames"):
        write_table(path, ["case"], [{"case": "standing"}, {"unknown": 1}])
    assert path.read_text() == "case\nflexion\n"
