"""A family as a table: the names of its labels once, then a line of their values for each series."""

from collections.abc import Mapping

from prometheus_client.metrics_core import Metric
from prometheus_client.samples import Sample


class Table(Metric):
    """A gauge or a counter. Its samples are made when somebody asks for them: a page is written without."""

    def __init__(
        self, family: tuple[str, str, str], labels: tuple[str, ...], values: Mapping[tuple[str, ...], float]
    ) -> None:
        """Take name, documentation and type (`gauge` or `counter`, whose name is without `_total`), and the series."""
        super().__init__(*family)
        self.labels = labels
        self.values = values
        self.sample_name = f"{self.name}_total" if self.type == "counter" else self.name

    @property
    def samples(self) -> list[Sample]:
        """Give the samples, as the library knows them."""
        return [
            Sample(self.sample_name, dict(zip(self.labels, key, strict=True)), value)
            for key, value in self.values.items()
        ]

    @samples.setter
    def samples(self, _none: list[Sample]) -> None:
        """Take the library's empty list, which stands for nothing here."""
