"""Which side the rows are, in the words that people put into the corner of a table."""

import pytest

from riskcore.severity.sides import rows_are


@pytest.mark.parametrize(
    "line",
    [
        *("Vorhersage", "vorhergesagt", "Modell", "KI", "prédiction", "Prédit / Réel", "predicción", "previsione"),
        *("voorspelling", "прогноз", "預測", "予測＼正解", "预测类别", "classified as", "AI output", "ŷ", "y_hat"),
        *("Zeilen: Vorhersage", "Zeilen = Modell; Spalten = Wahrheit", "lignes : prédiction", "filas: predicción"),
        *("Wahrheit in Spalten", "columnas: verdad", "Actual → / Predicted ↓", "Test\\Gold", "test vs. reference"),
        *("true→ pred↓", "↓ predicted → true", "Prädiktion", "geschätzt", "clasificado como", "predicciones", "CNN"),
    ],
)
def test_rows_that_are_the_prediction(line: str) -> None:
    assert rows_are(line) == "prediction"


@pytest.mark.parametrize(
    "line",
    [
        *("Wahrheit", "tatsächlich", "vérité", "verdad", "Real \\ Predicho", "实际", "истина", "ground truth", "gold"),
        *("reference standard", "Histologie", "pathology vs model", "Spalten: Vorhersage", "Zeilen: Wahrheit"),
        *("Wahrheit \\ Vorhersage", "colonnes : prédiction", "Predicted → / Actual ↓"),
    ],
)
def test_rows_that_are_the_truth(line: str) -> None:
    assert rows_are(line) == "truth"


@pytest.mark.parametrize("line", ["", "class", "Klasse", "label", "cost", "from \\ to", "Kosten 2024", "maintained"])
def test_lines_that_do_not_say(line: str) -> None:
    assert rows_are(line) is None
