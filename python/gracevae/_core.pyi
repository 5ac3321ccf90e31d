"""The part of the library that needs no LibTorch. Internal."""

from os import PathLike
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

version: str

Words = Sequence[Tuple[str, str]]
Path = Union[str, PathLike[str]]
Log = Optional[Callable[[str, str], None]]
Progress = Optional[Callable[..., None]]
Blocks = Tuple[np.ndarray, np.ndarray, np.ndarray]

def list_options(words: Words = ...) -> List[Dict[str, Any]]: ...
def near_names(name: str, candidates: Sequence[str]) -> str: ...
def write_screen(
    folder: Path,
    n_rows: int,
    n_cols: int,
    row_sizes: Callable[[], np.ndarray],
    block: Callable[[int], Blocks],
    obs: Dict[str, Any],
    var: Dict[str, Any],
    log1p_base: Optional[float],
    log: Log,
    progress: Progress,
) -> None: ...
def context_graph(screen: Screen, network: Path, words: Words, log: Log) -> Dict[str, Any]: ...
def structure(truth: Path, learned: Path, predictions: Optional[Path], seed: int) -> Tuple[str, str]: ...
def parts_of_pack(file: Path) -> Tuple[int, int, int, int, int, int]: ...
def inspect(words: Words, quality: bool, log: Log, progress: Progress) -> Tuple[str, str]: ...
def prepare(output: Path, words: Words, log: Log, progress: Progress) -> str: ...
def simulate(folder: Path, words: Words, log: Log, progress: Progress) -> None: ...
def rank_genes(
    screen: Screen, method: str, min_cells: int, log: Log
) -> List[Tuple[str, np.ndarray, np.ndarray, np.ndarray, np.ndarray]]: ...
def components(screen: Screen, n_components: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]: ...
def umap(
    points: np.ndarray, n_neighbors: int, min_dist: float, spread: float, epochs: int, seed: int
) -> np.ndarray: ...
def evaluate(
    screen: Screen,
    split: Split,
    predictions: List[Tuple[str, np.ndarray, Optional[List[int]]]],
    words: Words,
    threads: int,
    log: Log,
    progress: Progress,
) -> Dict[str, Any]: ...

class Screen:
    n_cells: int
    n_genes: int
    cells: List[str]
    genes: List[str]
    conditions: List[Tuple[str, List[str], int]]
    condition_of_cell: np.ndarray
    warnings: List[str]
    @staticmethod
    def read(file: Path, words: Words, log: Log, progress: Progress) -> Screen: ...
    def mean(self, label: str) -> np.ndarray: ...
    def describe(self) -> str: ...

class Split:
    folds: np.ndarray
    test_conditions: List[str]
    @staticmethod
    def make(screen: Screen, seed: int, words: Words) -> Split: ...
    @staticmethod
    def read(screen: Screen, file: Path) -> Split: ...
    @staticmethod
    def from_folds(screen: Screen, folds: np.ndarray) -> Split: ...
    def test_cells(self, label: str) -> np.ndarray: ...
    def write(self, file: Path) -> None: ...
