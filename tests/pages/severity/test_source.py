"""A matrix file on the screen: refused as on the command line, and turned where a box says so."""

from streamlit.testing.v1 import AppTest

from riskcore.workspace import Workspace
from tests.helpers.screens import Open

TURNED = b"prediction \\ truth;naevus;melanoma\nnaevus;0;10\nmelanoma;2,5;0\n"


def errors(screen: AppTest) -> list[str]:
    return [element.value.replace("\\", "") for element in screen.error]


def test_a_table_with_predictions_as_rows_is_refused_until_it_is_turned(open_screen: Open, empty: Workspace) -> None:
    screen = open_screen("severity", empty, severity_matrix="demo")
    screen.file_uploader(key="severity_new_file").upload("turned.csv", TURNED, "text/csv").run()
    screen.button(key="severity_new_make").click().run()
    (message,) = errors(screen)
    assert message.startswith('turned.csv: the corner cell "prediction  truth" says that the rows are the prediction')
    assert "tick Transpose" in message
    screen.checkbox(key="severity_new_transpose").check().run()
    screen.button(key="severity_new_make").click().run()
    assert errors(screen) == []
    draft = screen.session_state["severity_drafts"][screen.selectbox(key="severity_matrix").value]
    assert draft.history.current.to_dict()["values"] == [[0, 2.5], [10, 0]]
