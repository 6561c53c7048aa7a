"""The three losses of f-AnoGAN and their gradients in PyTorch, double precision: python3 reference.py > reference.json

Weights and images are the hash of core/hashUnit.ts; parameters are numbered in the order of network.ts, generator from 0, critic from 100,
encoder from 200. A gradient is kept as its length and its product with the hash of 1000 + number.
"""
import json

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
SIZE, WIDTH, LATENT, BATCH = 16, 2, 3, 3
LAMBDA, KAPPA, EPS = 10.0, 2.0, 1e-5
CHANNELS = [c * WIDTH for c in (1, 2, 4, 8, 8)]
FLAT = CHANNELS[4] * (SIZE // 16) ** 2


def hash_unit(k, n):
    m = np.uint64(0xFFFFFFFF)
    x = (np.arange(n, dtype=np.uint64) * np.uint64(0x9E3779B1) + np.uint64(((k + 1) * 0x85EBCA77) & 0xFFFFFFFF)) & m
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = ((x ^ (x >> np.uint64(shift))) * np.uint64(factor)) & m
    x ^= x >> np.uint64(16)
    return (x >> np.uint64(8)).astype(np.float64) / 2**23 - 1


class Net:
    def __init__(self, base, batch_normed):
        self.base, self.batch_normed, self.p = base, batch_normed, {}

    def get(self, name, shape):
        if name not in self.p:
            kind = name.rsplit(".", 1)[1]
            n = int(np.prod(shape))
            scale = (6 / (n / shape[-1])) ** 0.5 if kind == "w" else 0.2
            v = (kind == "gamma") + scale * hash_unit(self.base + len(self.p), n)
            v = v.astype(np.float32).astype(np.float64).reshape(shape)
            self.p[name] = torch.tensor(v, requires_grad=True)
        return self.p[name]

    def conv(self, x, name, to, taps, bias=True):
        w = self.get(name + ".w", (taps, taps, x.shape[1], to)).permute(3, 2, 0, 1)
        return F.conv2d(x, w, self.get(name + ".b", (to,)) if bias else None, padding=taps // 2)

    def dense(self, x, name, to):
        return x @ self.get(name + ".w", (x.shape[1], to)) + self.get(name + ".b", (to,))

    def norm(self, x, name, moving=False):
        gamma, beta = (self.get(f"{name}.{k}", (x.shape[1],))[None, :, None, None] for k in ("gamma", "beta"))
        if not moving:
            axes = (0, 2, 3) if self.batch_normed else (1, 2, 3)
            x = (x - x.mean(axes, True)) / torch.sqrt(x.var(axes, False, True) + EPS)
        else:  # averages as they start: 0 and 1
            x = x / (1 + EPS) ** 0.5
        return torch.relu(x * gamma + beta)

    def block(self, x, name, middle, to, up, moving=False):
        def double(t):
            return F.interpolate(t, scale_factor=2, mode="nearest")

        h = self.norm(x, name + ".norm0", moving)
        h = self.conv(double(h) if up else h, name + ".conv0", middle, 3, bias=False)
        h = self.conv(self.norm(h, name + ".norm1", moving), name + ".conv1", to, 3)
        shortcut = self.conv(double(x) if up else F.avg_pool2d(x, 2), name + ".shortcut", to, 1)
        return (h if up else F.avg_pool2d(h, 2)) + shortcut

    def trunk(self, x):
        h = self.conv(x, "first", WIDTH, 3)
        for i in range(4):
            h = self.block(h, f"down{i}", CHANNELS[i], CHANNELS[i + 1], False)
        return h.permute(0, 2, 3, 1).reshape(len(x), -1)


G, D, E = Net(0, True), Net(100, False), Net(200, True)


def generate(z, moving=False):
    base = SIZE // 16
    h = G.dense(z, "project", FLAT).reshape(len(z), base, base, -1).permute(0, 3, 1, 2)
    for i in range(4):
        h = G.block(h, f"up{i}", CHANNELS[3 - i], CHANNELS[3 - i], True, moving)
    return torch.tanh(G.conv(G.norm(h, "last.norm", moving), "last", 1, 3))


def judge(x):
    f = D.trunk(x)
    return D.dense(f, "value", 1)[:, 0], f


def encode(x):
    return torch.tanh(E.dense(E.trunk(x), "code", LATENT))


def tensor(k, shape):
    return torch.tensor(hash_unit(k, int(np.prod(shape))).astype(np.float32).astype(np.float64).reshape(shape))


def kept(net, loss):
    grads = torch.autograd.grad(loss, list(net.p.values()))
    probes = {}
    for i, (name, g) in enumerate(zip(net.p, grads)):
        flat = g.numpy().ravel()
        probes[name] = [float(np.linalg.norm(flat)), float(flat @ hash_unit(1000 + net.base + i, flat.size))]
    return probes


x = tensor(300, (BATCH, SIZE, SIZE, 1)).permute(0, 3, 1, 2)
z = tensor(301, (BATCH, LATENT))
alpha = torch.tensor([0.2, 0.5, 0.9])[:, None, None, None]

fake = generate(z).detach()
between = (alpha * x + (1 - alpha) * fake).requires_grad_()
(slope,) = torch.autograd.grad(judge(between)[0].sum(), between, create_graph=True)
norms = slope.square().sum((1, 2, 3)).sqrt()
penalty = (norms - 1).square().mean()
gap = judge(x)[0].mean() - judge(fake)[0].mean()
critic = LAMBDA * penalty - gap
generator = -judge(generate(z))[0].mean()
rebuilt = generate(encode(x), True)
image = (x - rebuilt).square().mean()
features = (judge(x)[1] - judge(rebuilt)[1]).square().mean()
encoder = image + KAPPA * features
print(
    json.dumps(
        {
            "losses": {
                "critic": {"total": critic.item(), "gap": gap.item(), "penalty": penalty.item()},
                "generator": {"total": generator.item()},
                "encoder": {"total": encoder.item(), "image": image.item(), "features": features.item()},
            },
            "gradients": {"critic": kept(D, critic), "generator": kept(G, generator), "encoder": kept(E, encoder)},
        },
        indent=1,
    )
)
