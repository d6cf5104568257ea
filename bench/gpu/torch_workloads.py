"""The workloads of org.tombolo.peers on PyTorch: eager, and compiled where this PyTorch compiles.

    torch_workloads.py [--workloads a,b] [--seconds S] [--output FILE.tsv]
    torch_workloads.py --join TABLE.md FILE.tsv

Single precision throughout, without tf32. Inputs and results stay on the device; a training step
brings its loss back. Each time is the median step after a warm-up, the device synchronized.
"""

import argparse
import math
import statistics
import time


def models(torch, device):
    nn, functional = torch.nn, torch.nn.functional

    def rand(*shape):
        return torch.rand(*shape, device=device) * 2 - 1

    def block(cin, cout, stride, bottleneck):
        width = cout // 4 if bottleneck else cout
        if bottleneck:
            plan = [(cin, width, 1, 1), (width, width, 3, stride), (width, cout, 1, 1)]
        else:
            plan = [(cin, width, 3, stride), (width, cout, 3, 1)]
        layers = []
        for i, (a, b, k, s) in enumerate(plan):
            layers += [nn.Conv2d(a, b, k, s, k // 2, bias=False), nn.BatchNorm2d(b)]
            if i + 1 < len(plan):
                layers.append(nn.ReLU())
        return nn.Sequential(*layers)

    class Residual(nn.Module):
        def __init__(self, cin, cout, stride, bottleneck):
            super().__init__()
            self.body = block(cin, cout, stride, bottleneck)
            self.shortcut = None
            if stride != 1 or cin != cout:
                self.shortcut = nn.Sequential(
                    nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

        def forward(self, x):
            skip = x if self.shortcut is None else self.shortcut(x)
            return functional.relu(self.body(x) + skip)

    def resnet(bottleneck, classes, *blocks):
        layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
                  nn.MaxPool2d(3, 2, 1)]
        cin = 64
        for stage, count in enumerate(blocks):
            cout = (64 << stage) * (4 if bottleneck else 1)
            for i in range(count):
                layers.append(Residual(cin, cout, 2 if stage > 0 and i == 0 else 1, bottleneck))
                cin = cout
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(cin, classes)]
        return nn.Sequential(*layers).to(device)

    class Encoder(nn.Module):
        def __init__(self, width=256, heads=4):
            super().__init__()
            self.heads = heads
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
            self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x):
            n, t, w = x.shape
            h = self.norm1(x)
            q, k, v = (f(h).reshape(n, t, self.heads, -1).transpose(1, 2)
                       for f in (self.q, self.k, self.v))
            a = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(w // self.heads), -1)
            x = x + self.o((a @ v).transpose(1, 2).reshape(n, t, w))
            return x + self.narrow(functional.relu(self.wide(self.norm2(x))))

    def forward(module, *inputs):
        def make(wrap):
            run = wrap(module)

            def step():
                with torch.no_grad():
                    run(*inputs)
            return step
        return make

    def training(module, x, classes, optimizer):
        labels = torch.randint(classes, (x.shape[0],), device=device)

        def make(wrap):
            run = wrap(module)
            update = optimizer(module.parameters())

            def step():
                update.zero_grad()
                loss = functional.cross_entropy(run(x), labels)
                loss.backward()
                update.step()
                loss.item()
            return step
        return make

    def sgd(parameters):
        return torch.optim.SGD(parameters, lr=0.01, momentum=0.9)

    def adam(parameters):
        return torch.optim.Adam(parameters, lr=0.001)

    def conv_gradients():
        x, w, g = rand(8, 64, 56, 56), rand(64, 64, 3, 3), rand(8, 64, 56, 56)
        x.requires_grad_()
        w.requires_grad_()

        def make(wrap):
            run = wrap(lambda x, w: (functional.conv2d(x, w, padding=1) * g).sum())
            return lambda: torch.autograd.grad(run(x, w), (x, w))
        return make

    def call():
        module = nn.Sequential(
            nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10), nn.Softmax(-1)).to(device)
        x = torch.rand(1, 784)

        def make(wrap):
            run = wrap(module)

            def step():
                with torch.no_grad():
                    run(x.to(device)).cpu()
            return step
        return make

    def mlp():
        return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(),
                             nn.Linear(512, 10)).to(device)

    def cnn():
        return nn.Sequential(
            nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, 10)).to(device)

    wide = (2048, 2048)
    return {
        "matmul_1024": lambda: forward(torch.matmul, rand(1024, 1024), rand(1024, 1024)),
        "matmul_tall": lambda: forward(torch.matmul, rand(4096, 256), rand(256, 1024)),
        "elementwise_4m": lambda: forward(
            lambda x, a, b, c: torch.tanh(a * x + b) * torch.sigmoid(x) + torch.relu(c),
            rand(*wide), rand(*wide), rand(*wide), rand(*wide)),
        "softmax_rows": lambda: forward(lambda x: torch.softmax(x, -1), rand(4096, 1024)),
        "layernorm": lambda: forward(nn.LayerNorm(1024).to(device), rand(4096, 1024)),
        "conv2d_fwd": lambda: forward(
            lambda x, w: functional.conv2d(x, w, padding=1), rand(8, 64, 56, 56),
            rand(64, 64, 3, 3)),
        "conv2d_fwdbwd": conv_gradients,
        "mlp_train_step": lambda: training(mlp(), rand(128, 784), 10, sgd),
        "cnn_train_step": lambda: training(cnn(), rand(64, 1, 28, 28), 10, adam),
        "resnet18_train_step": lambda: training(
            resnet(False, 10, 2, 2, 2, 2), rand(8, 3, 64, 64), 10, sgd),
        "resnet18_infer": lambda: forward(
            resnet(False, 1000, 2, 2, 2, 2).eval(), rand(1, 3, 224, 224)),
        "resnet50_infer": lambda: forward(
            resnet(True, 1000, 3, 4, 6, 3).eval(), rand(1, 3, 224, 224)),
        "transformer_block": lambda: forward(Encoder().to(device).eval(), rand(4, 128, 256)),
        "small_graph_latency": call,
    }


def timed(step, synchronize, seconds):
    """The median of the steps' times in milliseconds."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        step()
    synchronize()
    times = []
    until = time.perf_counter() + seconds
    while len(times) < 10 or time.perf_counter() < until:
        start = time.perf_counter()
        step()
        synchronize()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def measure(workloads, seconds, output):
    import torch

    cuda = torch.cuda.is_available()
    device = "cuda" if cuda else "cpu"
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    synchronize = torch.cuda.synchronize if cuda else lambda: None
    print("PyTorch", torch.__version__, "on", torch.cuda.get_device_name() if cuda else "cpu")
    wraps = {"eager": lambda f: f}
    if hasattr(torch, "compile"):
        wraps["compiled"] = torch.compile
    made = models(torch, device)
    lines = []
    for name in workloads or made:
        cells = [name]
        for wrap in wraps.values():
            try:
                cells.append("%.4f" % timed(made[name]()(wrap), synchronize, seconds))
            except Exception as e:  # a compiler that lacks something leaves its cell empty
                print(name, type(e).__name__, str(e).splitlines()[:1])
                cells.append("")
        lines.append("\t".join(cells))
        print(lines[-1], flush=True)
    if output:
        with open(output, "w") as file:
            file.write("\t".join(["workload", *wraps]) + "\n")
            file.write("\n".join(lines) + "\n")


def join(table, other):
    """Prints our table's first column beside PyTorch's, and the ratio."""
    with open(other) as file:
        header, *rows = [line.rstrip("\n").split("\t") for line in file]
    theirs = {row[0]: row[1:] for row in rows}
    print("| workload | tombolo-opencl |", " | ".join(header[1:]), "| ratio |")
    print("|---|" + "---|" * (len(header) + 1))
    with open(table) as file:
        for line in file:
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            found = theirs.get(cells[0])
            if not found:
                continue
            numbers = [float(cell) for cell in found if cell]
            try:
                ratio = "%.2f" % (min(numbers) / float(cells[1]))
            except ValueError:
                ratio = "–"
            print("|", " | ".join([cells[0], cells[1], *(c or "–" for c in found), ratio]), "|")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--workloads", default="")
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--output")
    parser.add_argument("--join", nargs=2)
    given = parser.parse_args()
    if given.join:
        join(*given.join)
    else:
        measure([w for w in given.workloads.split(",") if w], given.seconds, given.output)


if __name__ == "__main__":
    main()
