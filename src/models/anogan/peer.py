"""AnoGAN in PyTorch, written from the paper and not from this lab's code, on the images of pneumoniaSplit.py: the column "PyTorch" of RESULTS.md.
64 x 64, width 16, batch 32, 1,000 updates of D and 2,000 of G, 100 search steps; one thread. Prints one line of image AUCs a seed.

python3 peer.py OUT/reference.npz OUT/test.npz SEED..."""
import sys
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

SIZE, WIDTH, LATENT, BATCH, ITERATIONS, SEARCH, LAMBDA = 64, 16, 100, 32, 1000, 100, 0.1


def images(path):
    data = np.load(path)
    x = torch.from_numpy(data["images"].astype(np.float32))[:, None] / 127.5 - 1
    return F.interpolate(x, size=(SIZE, SIZE), mode="bilinear", align_corners=False), data["labels"].ravel()


def fresh(module):
    for name, p in module.named_parameters():
        if p.dim() == 1:
            nn.init.constant_(p, 1.0 if "norm" in name and name.endswith("weight") else 0.0)
        elif p.dim() == 4 and "up" not in name:
            nn.init.trunc_normal_(p, 0, 0.02, -0.04, 0.04)
        else:
            nn.init.normal_(p, 0, 0.02)


norm = lambda n: nn.BatchNorm2d(n, eps=1e-5, momentum=0.1)


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        c = [8 * WIDTH, 4 * WIDTH, 2 * WIDTH, WIDTH, 1]
        self.start = nn.Linear(LATENT, c[0] * 16)
        self.up = nn.ModuleList(nn.ConvTranspose2d(a, b, 5, 2) for a, b in zip(c, c[1:]))
        self.norm = nn.ModuleList(norm(n) for n in c[:4])
        fresh(self)

    def forward(self, z):
        h = F.relu(self.norm[0](self.start(z).view(-1, 8 * WIDTH, 4, 4)))
        for i, up in enumerate(self.up):
            h = up(h)[:, :, 1:-2, 1:-2]  # TensorFlow's SAME
            h = F.relu(self.norm[i + 1](h)) if i < 3 else torch.tanh(h)
        return h


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        c = [1, WIDTH, 2 * WIDTH, 4 * WIDTH, 8 * WIDTH]
        self.down = nn.ModuleList(nn.Conv2d(a, b, 5, 2) for a, b in zip(c, c[1:]))
        self.norm = nn.ModuleList(norm(n) for n in c[2:])
        self.logit = nn.Linear(c[4] * 16, 1)
        fresh(self)

    def forward(self, x):
        h = x
        for i, down in enumerate(self.down):
            h = down(F.pad(h, (1, 2, 1, 2)))
            h = F.leaky_relu(self.norm[i - 1](h) if i > 0 else h, 0.2)
        f = h.flatten(1)
        return self.logit(f)[:, 0], f


def auc(scores, labels):
    normal, anomalous = scores[labels == 0], scores[labels == 1]
    d = anomalous[:, None] - normal[None, :]
    return float(((d > 0) + 0.5 * (d == 0)).mean())


def bce(logit, target):
    return F.binary_cross_entropy_with_logits(logit, torch.full_like(logit, target))


def statistics(network, on):
    """Whether a forward pass moves the averages."""
    for m in network.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.momentum = 0.1 if on else 0.0


def run(reference, test, labels, seed):
    torch.manual_seed(seed)
    g, d = Generator(), Discriminator()
    of_g = torch.optim.Adam(g.parameters(), 2e-4, (0.5, 0.999))
    of_d = torch.optim.Adam(d.parameters(), 2e-4, (0.5, 0.999))
    order = torch.randperm(len(reference))
    for i in range(ITERATIONS):
        if len(order) < BATCH:
            order = torch.randperm(len(reference))
        x, order = reference[order[:BATCH]], order[BATCH:]
        z = torch.rand(BATCH, LATENT) * 2 - 1
        statistics(g, False), statistics(d, True)
        loss = bce(d(x)[0], 1.0) + bce(d(g(z).detach())[0], 0.0)
        of_d.zero_grad(), loss.backward(), of_d.step()
        statistics(g, True), statistics(d, False)
        for _ in range(2):
            fool = bce(d(g(z))[0], 1.0)
            of_g.zero_grad(), fool.backward(), of_g.step()
    g.eval(), d.eval()
    for p in [*g.parameters(), *d.parameters()]:
        p.requires_grad_(False)
    logit, f = d(test)
    z = (torch.rand(1, LATENT) * 2 - 1).repeat(len(test), 1).requires_grad_()
    of_z = torch.optim.Adam([z], 0.01)
    for step in range(SEARCH + 1):
        y = g(z)
        residual = (test - y).abs().flatten(1).sum(1)
        discrimination = (f - d(y)[1]).abs().sum(1)
        score = (1 - LAMBDA) * residual + LAMBDA * discrimination
        if step == SEARCH:
            break
        of_z.zero_grad(), score.sum().backward(), of_z.step()
        with torch.no_grad():
            z.clamp_(-1, 1)
    rows = {"A": score, "R": residual, "D": discrimination, "P_D": torch.sigmoid(-logit)}
    print(f"seed {seed}:", *(f"{k} {auc(v.detach().numpy(), labels):.3f}" for k, v in rows.items()),
          f"D's loss {loss.item():.2f}, G's {fool.item():.2f}", flush=True)


torch.set_num_threads(1)
reference, _ = images(sys.argv[1])
test, labels = images(sys.argv[2])
for seed in map(int, sys.argv[3:]):
    run(reference, test, labels, seed)
