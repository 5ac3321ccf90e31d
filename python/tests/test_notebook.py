"""A real Jupyter kernel: training there, interrupting it, and what a notebook shows."""

import time
from pathlib import Path

import pytest

jupyter_client = pytest.importorskip("jupyter_client", reason="no python3-jupyter-client")
pytest.importorskip("ipykernel", reason="no python3-ipykernel")
pytestmark = pytest.mark.slow

LIMIT = 120  # seconds for one cell


class Notebook:
    def __init__(self, folder, monkeypatch):
        for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
            monkeypatch.setenv(name, str(folder / name))
        self.manager, self.client = jupyter_client.manager.start_new_kernel(kernel_name="python3")

    def start(self, code):
        """Sends a cell; :meth:`end` waits for it."""
        return self.client.execute(code)

    def end(self, cell):
        """(error or "", printed text, results by MIME type) of a cell."""
        printed, results, error = "", {}, ""
        while True:
            message = self.client.get_iopub_msg(timeout=LIMIT)
            if message["parent_header"].get("msg_id") != cell:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream" and content["name"] == "stdout":
                printed += content["text"]
            elif kind in ("execute_result", "display_data"):
                results.update(content["data"])
            elif kind == "error":
                error = content["ename"]
            elif kind == "status" and content["execution_state"] == "idle":
                return error, printed.strip(), results

    def run(self, code):
        error, printed, results = self.end(self.start(code))
        assert not error, error
        return printed, results

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=False)


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    made = Notebook(tmp_path, monkeypatch)
    yield made
    made.close()


MODEL = """
import gracevae as gv
sim = gv.simulate()
model = gv.CMVAE(sim.adata, start="random", epochs=60, early_stopping=False, schedule="constant")
print(model.folder)
"""


def test_interrupt_and_go_on(notebook):
    """Interrupting the kernel saves a checkpoint and raises in the cell; the kernel lives on and training goes on."""
    folder = Path(notebook.run(MODEL)[0])
    cell = notebook.start("model.train()")
    history = folder / "history.jsonl"
    until = time.monotonic() + LIMIT
    while not ((folder / "checkpoint.safetensors").exists() and len(history.read_text().splitlines()) >= 3):
        assert time.monotonic() < until
        time.sleep(0.01)
    notebook.manager.interrupt_kernel()
    assert notebook.end(cell)[0] == "Interrupted"
    trained, n_epochs = notebook.run("print(model.is_trained, len(model.history))")[0].split()
    assert trained == "False" and 3 <= int(n_epochs) < 60
    results = notebook.run("model.train()")[1]
    assert "trained, 13 conditions" in results["text/plain"]
    assert notebook.run("print(len(model.history))")[0] == "60"
    page = notebook.run("model.report()")[1]
    assert page["text/html"].startswith("<iframe srcdoc=") and "gracevae report" in page["text/plain"]


def test_an_interrupt_after_training_is_the_kernels_own(notebook):
    """The handler of SIGINT is what it was before, in the same cell."""
    notebook.run(MODEL)
    cell = notebook.start("import time; model.train(max_epochs=1); print('going', flush=True); time.sleep(100)")
    while "going" not in notebook.client.get_iopub_msg(timeout=LIMIT)["content"].get("text", ""):
        pass
    notebook.manager.interrupt_kernel()
    assert notebook.end(cell)[0] == "KeyboardInterrupt"
