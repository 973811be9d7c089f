"""What a recipe has to show before it may be called better: the bars that `claims` tests, from a file."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, lt=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class UsualBar(_Part):
    """Against the likeliest class of what is trained usually."""

    reserve: Share = Field(
        default=0.0, description="validation accuracy that the recipe's dial keeps beyond the usual way's"
    )
    cer_lower: Share | None = Field(default=None, description="CER lower by more than this share of the usual way's")
    accuracy_loss: Share | None = Field(default=None, description="accuracy lower by less than this")


class PlainBar(_Part):
    """Against plain training with its dial, at places that are set on validation."""

    accuracy_losses: tuple[Share, ...] = Field(
        default=(0.01,), description="places: plain training's accuracy at its likeliest class, less each of these"
    )
    over_calls: tuple[Share, ...] = Field(default=(), description="places: at most each of these over-call rates")
    cer_lower: Share | None = Field(
        default=None, description="CER lower by more than this share of plain training's, at every place"
    )
    accuracy_loss: Share | None = Field(
        default=None, description="the same place on test: accuracy lower by less than this"
    )
    more_over_calls: Share | None = Field(
        default=None, description="the same place on test: over-call rate higher by less than this"
    )


class HarmlessBar(_Part):
    """Nothing else is worse than plain training."""

    ece: Share | None = Field(default=None, description="higher by less than this")
    balanced_accuracy: Share | None = Field(default=None, description="of the likeliest class, lower by less than this")
    critical_auroc: Share | None = Field(default=None, description="lower by less than this")
    macro_auroc: Share | None = Field(default=None, description="lower by less than this")
    expected_severity: Share | None = Field(
        default=None, description="least one on the dial, higher by less than this share of plain training's"
    )


class Bars(_Part):
    """All bars. What has no figure is shown with its interval, and nothing is claimed of it.

    Example:
        >>> bars = Bars.model_validate({"usual": {"cer_lower": 0.25}})
        >>> bars.usual.cer_lower, bars.usual.accuracy_loss, bars.plain.accuracy_losses
        (0.25, None, (0.01,))
    """

    usual: UsualBar = UsualBar()
    plain: PlainBar = PlainBar()
    harmless: HarmlessBar = HarmlessBar()
