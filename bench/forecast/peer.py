"""The peers: the same network in ONNX Runtime and in PyTorch, with the same weights."""

import json

import numpy as np
import onnxruntime
import torch


class Network(torch.nn.Module):
    """LSTM over the window, a dense head on its last state, and a linear map of the window."""

    def __init__(self, lookback, hidden, horizon):
        super().__init__()
        self.lstm = torch.nn.LSTM(1, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, horizon)
        self.skip = torch.nn.Linear(lookback, horizon)

    def forward(self, window):
        _, (state, _) = self.lstm(window.unsqueeze(-1))
        return self.head(state[-1]) + self.skip(window)


def read_model(data):
    """Network and spreads of the series, by label, from a model's bytes (safetensors)."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    model = json.loads(header["__metadata__"]["lstm_forecast.model"])
    member = model["members"][0]

    def tensor(name):
        entry = header[name]
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        kind = {"F32": np.float32, "F64": np.float64}[entry["dtype"]]
        return np.frombuffer(data[begin:end], kind).reshape(entry["shape"]).copy()

    network = Network(member["lookback"], member["hidden_size"], model["horizon"])
    weights = {f"lstm.{name}": name for name in dict(network.lstm.named_parameters())}
    weights.update({name: name for name in network.state_dict() if not name.startswith("lstm.")})
    network.load_state_dict({name: torch.from_numpy(tensor(there)) for name, there in weights.items()})
    spreads = dict(zip(model["series"]["labels"], tensor("scalers")[0, :, 4]))
    return network.eval(), spreads


def export(network, lookback, path):
    torch.onnx.export(network, (torch.zeros(1, lookback),), path, input_names=["window"],
                      output_names=["forecast"], dynamo=True, verbose=False)


class Service:
    """Reads the last steps and forecasts in one thread of ONNX Runtime."""

    QUERY = "SELECT value FROM reading WHERE sensor = %s ORDER BY ts DESC LIMIT %s"

    def __init__(self, connection, path, lookback, spread):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.cursor = connection.cursor(binary=True)
        self.lookback = lookback
        self.spread = spread
        self.window = np.empty((1, lookback), np.float32)

    def request(self):
        rows = self.cursor.execute(self.QUERY, (1, self.lookback), prepare=True).fetchall()
        level = rows[0][0]
        self.window[0, ::-1] = [(value - level) / self.spread for value, in rows]
        return level + self.spread * self.session.run(None, {"window": self.window})[0][0]


class Database:
    """Asks for the forecast, with the same driver."""

    QUERY = "SELECT f.forecast FROM models AS m, lstm_forecast(m.model) AS f WHERE m.name = %s"

    def __init__(self, connection):
        self.cursor = connection.cursor(binary=True)

    def request(self):
        return self.cursor.execute(self.QUERY, ("network",), prepare=True).fetchall()


class FreshDatabase(Database):
    """The same from the newest rows, as the service reads them."""

    QUERY = """
        SELECT f.forecast
        FROM (SELECT lstm_forecast((SELECT model FROM models WHERE name = %s), ts, value) AS rows
              FROM (SELECT ts, value FROM reading WHERE sensor = 1 ORDER BY ts DESC LIMIT 48) AS latest) AS fresh,
             unnest(rows) AS f"""


def read_panel(connection):
    """Values by series and time, and the series."""
    rows = connection.cursor(binary=True).execute("SELECT series, value FROM latest ORDER BY series, ts").fetchall()
    return np.array([value for _, value in rows]), [series for series, _ in rows]


def forecast_panel(connection, network, spreads, lookback):
    """Read the last steps of every series and forecast all of them in one batch, (series, horizon)."""
    values, series = read_panel(connection)
    values = values.reshape(-1, lookback)
    scale = np.array([spreads[str(label)] for label in series[::lookback]])[:, None]
    level = values[:, -1:]
    with torch.inference_mode():
        units = network(torch.from_numpy(((values - level) / scale).astype(np.float32)))
    return level + scale * units.numpy()
