"""Which side the rows of a table are, as far as its corner cell or a line above it says, in several languages."""

import re

_PREDICTION = (
    r"pred\w*|model\w*|modèle|says|said|clas+ifi(?:ed|er|cado|cato)|classé\w*|geclassificeerd|klassifiziert\w*|assigned"
    r"|estimat\w*|guess\w*|called|output|diagnosed|ai|ki|ia|cnn|network|algorithm\w*|index test|test result\w*|y_?hat|ŷ"
    r"|hypothes[ie]s|response|progno[sz]\w*|vorher(?:sag|ges)\w*|vorausgesagt\w*|pr[éä]di\w*|(?:ge)?schätz\w*|erkannt"
    r"|previs\w*|pronósti\w*|voorspel\w*|tahmin\w*|прогноз\w*|предсказ\w*|\w*(?:预测|預測|予測|예측)\w*"
)
_TRUTH = (
    r"truths?|true|actual\w*|real\w*|gold\w*|gt|ground|reference\w*|histolog\w*|patholog\w*|biops\w*|wahr\w*|tatsächlich\w*"
    r"|referenz\w*|référence\w*|referencia\w*|réel\w*|vérit\w*|vrai\w*|verdad\w*|verdader\w*|verità|ver[oi]|werkelijk\w*"
    r"|gerçek\w*|истин\w*|факт\w*|\w*(?:真实|真實|实际|實際|真値|正解|実際|실제)\w*"
)
_SIDE = re.compile(rf"(?<![^\W\d_])(?:({_PREDICTION})|{_TRUTH}|labels?)(?![^\W\d_])")
_NAMED = rf"(?:{_PREDICTION}|{_TRUTH})"
_OF_LABELS = re.compile(rf"({_NAMED})[\s_-]+labels?|labels?[\s_-]+(?={_NAMED})")
_ROWS = re.compile(r"\b(?:rows?|zeilen?|lignes?|filas?|righe?|riga|rijen|rij|linhas?|строк\w*)\b|行|↓")
_COLUMNS = re.compile(
    r"\b(?:columns?|cols?|spalten?|colonnes?|columnas?|colonn[ae]|kolom(?:men)?|colunas?|столб\w*)\b|列|→"
)
_CLAUSES = re.compile(r"[\\/|,;&＼／]| and | und | et | y | e | en | vs\.? | × ")
_AGAINST = re.compile(r"[\\/|＼／]| vs\.? | × ")


def rows_are(line: str) -> str | None:
    """Which side the rows are, "truth" or "prediction", as far as a line says: the one at "rows", or the first named.

    Of two sides, of which only the second is named, the first is the other.

    Example:
        >>> rows_are("predicted/true"), rows_are("columns: prediction"), rows_are("label")
        ('prediction', 'truth', None)
        >>> rows_are("Zeilen: Vorhersage"), rows_are("test / gold standard")
        ('prediction', 'prediction')
    """
    line = _OF_LABELS.sub(r"\1", line.lower())
    line = re.sub("([→↓])", r";\1" if line.startswith(("→", "↓")) else r"\1;", line)
    for clause in _CLAUSES.split(line):
        rows, columns = _ROWS.search(clause), _COLUMNS.search(clause)
        if (named := _SIDE.search(clause)) and bool(rows) != bool(columns):
            return "prediction" if bool(named[1]) == bool(rows) else "truth"
    if line.strip() in ("label", "labels"):
        return None
    first, *others = _AGAINST.split(line)
    if first.strip() and len(others) == 1 and not _SIDE.search(first) and (named := _SIDE.search(others[0])):
        return "truth" if named[1] else "prediction"
    named = _SIDE.search(line)
    return named and ("prediction" if named[1] else "truth")
