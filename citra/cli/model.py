"""``citra model``: train, export and evaluate; every figure of the model card comes from here."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from citra.cli.common import echo_json, err, json_option
from citra.documents import JAKARTA
from citra.errors import ConfigError

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
START, END = "<!-- scores: citra model evaluate -->", "<!-- end of scores -->"


def _numbers(_: click.Context, __: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    try:
        return tuple(int(part) for part in text.split(",")) if text else None
    except ValueError:
        raise click.BadParameter(f"{text!r}: give numbers with commas between, e.g. 0,2,4") from None


@click.group()
def model() -> None:
    """Train, export and evaluate the model (needs `pip install 'citra[train]'`).

    \b
    citra model train    --data LABELLED --encoder ENCODER --out runs/1
    citra model teach    --data LABELLED --model runs/big --out answers.jsonl
    citra model train    --data LABELLED --encoder ENCODER --out runs/2 --start runs/1 --layers 0,2,4
                         --answers answers.jsonl
    citra model export   --data LABELLED --encoder ENCODER --run runs/1 --version 2026.11.24
    citra model evaluate --data LABELLED --card
    citra model confusion --data LABELLED
    """


@model.command()
@click.option("--data", type=FOLDER, required=True, help="Folder with the labelled texts.")
@click.option("--encoder", type=FOLDER, required=True, help="Folder of the pretrained encoder.")
@click.option("--out", type=FOLDER, required=True, help="Where checkpoints go; the same call resumes there.")
@click.option("--start", type=FOLDER, help="Train the network of this finished training further.")
@click.option("--answers", type=FILE, help="Learn from a teacher's answers too (see `citra model teach`).")
@click.option("--corrections", type=FILE, nargs=2, metavar="LABELS TEXTS",
              help="Learn from what people corrected: the two files of `citra label export --texts`.")  # fmt: skip
@click.option("--layers", callback=_numbers, help="Keep only these layers of the encoder, e.g. 0,2,4,7,9,11.")
@click.option(
    "--repeats", type=click.IntRange(1), help="How often an epoch shows a text labelled by hand [default: once]."
)
@click.option("--epochs", type=click.IntRange(1), help="[default: the recipe's]")
@click.option("--learning-rate", type=float, help="[default: the recipe's]")
@click.option("--head-rate", type=float, help="The heads learn this many times faster [default: the recipe's].")
@click.option("--topic-weight", type=float, help="Of the topics' loss beside sentiment's [default: the recipe's].")
@click.option("--topic-cap", type=float, help="Most that a rare topic counts more [default: the recipe's].")
@click.option("--tone-per-epoch", type=int, help="Texts of general sentiment an epoch [default: the recipe's].")
@click.option("--stop-after", type=click.IntRange(1), help="Steps after which an epoch ends [default: all].")
@click.option("--seed", type=int, help="[default: the recipe's]")
def train(
    data: Path,
    encoder: Path,
    out: Path,
    start: Path | None,
    answers: Path | None,
    corrections: tuple[Path, Path] | None,
    **asked: Any,
) -> None:
    """Fine-tune the encoder on labelled texts (an hour on 2 cores, minutes on a GPU)."""
    fit, load_splits, recipe = _training()
    chosen = recipe(**{name: value for name, value in asked.items() if value is not None})
    splits = load_splits(data, chosen.seed, answers=answers, corrections=corrections)
    fit(encoder, splits, chosen, out, lambda line: err.print(line, markup=False), start)


@model.command()
@click.option("--data", type=FOLDER, required=True, help="Folder with the texts, labelled or not.")
@click.option("--model", "name", default="citra-asn-small", show_default=True, help="The teacher: name or folder.")
@click.option("--out", type=FILE, required=True, help="Where the answers go, JSONL; appears when all are there.")
def teach(data: Path, name: str, out: Path) -> None:
    """Let a model answer all texts, so that a smaller one can learn from its probabilities."""
    _training()
    from nlp.train.teach import teach

    for done in teach(data, name, out):
        err.print(f"{done:,} texts answered", markup=False)


@model.command()
@click.option("--data", type=FOLDER, required=True, help="Folder with the labelled texts.")
@click.option("--encoder", type=FOLDER, required=True, help="Folder of the pretrained encoder.")
@click.option("--run", "run_folder", type=FOLDER, required=True, help="Folder of a finished training.")
@click.option("--to", "target", type=FOLDER, default=Path("models/citra-asn-small"), show_default=True,
              help="Model folder to write.")  # fmt: skip
@click.option("--version", "model_version", required=True, help="Version written into the model, e.g. 2026.11.24.")
def export(data: Path, encoder: Path, run_folder: Path, target: Path, model_version: str) -> None:
    """Write the trained network as int8 ONNX and calibrate it on texts kept apart."""
    _, load_splits, recipe = _training()
    from nlp.train.ship import ship

    splits = load_splits(data, recipe().seed)
    ship(encoder, run_folder, splits, target, model_version, datetime.now(JAKARTA).date())
    err.print(f"{target}: written", markup=False)


@model.command()
@click.option("--data", type=FOLDER, required=True, help="Folder with the labelled texts.")
@click.option("--model", "name", default="citra-asn-small", show_default=True, help="Name or folder.")
def confusion(data: Path, name: str) -> None:
    """Measure how the model confuses sentiments (confusion.json); corrected shares stand on it.

    `citra model export` does it too; this is for a model that was exported before, or another gold set.
    """
    _, load_splits, recipe = _training()
    from nlp.encoder import find_model
    from nlp.train.confusion import write_confusion

    folder = find_model(name)
    found = write_confusion(folder, load_splits(data, recipe().seed), datetime.now(JAKARTA).date())
    err.print(f"{folder / 'confusion.json'}: {found['texts']} gold texts, set {found['gold']}", markup=False)


@model.command()
@click.option("--data", type=FOLDER, required=True, help="Folder with the labelled texts.")
@click.option("--model", "name", default="citra-asn-small", show_default=True, help="Name or folder.")
@click.option("--card", is_flag=True, help="Write the scores into the model's MODEL_CARD.md.")
@json_option
def evaluate(data: Path, name: str, card: bool, as_json: bool) -> None:
    """Score a model on the held-out texts, with 95 % intervals."""
    _, load_splits, recipe = _training()
    from nlp.encoder import find_model
    from nlp.train.evaluate import evaluate as score
    from nlp.train.evaluate import model_card

    folder = find_model(name)
    splits = load_splits(data, recipe().seed)
    report = score(folder, splits.test, splits.tone_test)
    tables = model_card(report, json.loads((folder / "config.json").read_text(encoding="utf-8")))
    if card:
        _write_card(folder / "MODEL_CARD.md", tables)
    if as_json:
        echo_json(report)
    else:
        click.echo(tables)


def _training() -> tuple[Any, Any, Any]:
    """The training code; it is imported late because torch is heavy and optional."""
    try:
        from nlp.train.data import load_splits
        from nlp.train.fit import Recipe, fit
    except ImportError as missing:
        raise ConfigError(f"training needs an extra: pip install 'citra[train]' ({missing})") from missing
    return fit, load_splits, Recipe


def _write_card(path: Path, tables: str) -> None:
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{START}\n\n{tables}\n{END}{after}", encoding="utf-8")
