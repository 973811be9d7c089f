"""Names that others wrote, in figures: plotly would take parts of them for markup."""

from html import escape

from riskcore.foreign_text import printable


def figure_text(text: str) -> str:
    """Text that plotly shows as it is, on one line, whatever stands in it.

    plotly reads some HTML, links among it, takes `$…$` for a formula and `%{…}` in a hover text for a value. It knows
    few entities by name: quotes stay as they are.

    Example:
        >>> print(figure_text('<a href="x">b</a> & $5 %{y}'))
        &lt;a href="x"&gt;b&lt;/a&gt; &amp; &#36;5 &#37;{y}
    """
    return escape(printable(text), quote=False).replace("$", "&#36;").replace("%{", "&#37;{")
