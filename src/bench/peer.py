"""The same updates in PyTorch on the processor, as a peer for `npm run bench -- steps`; never a dependency.

Started as `python3 peer.py THREADS`. Reads lines "CASE COUNT" and answers each with one JSON line: the milliseconds of every update, by network.
A case is named as in steps.ts. Networks, losses and optimisers are those of the models' folders; inputs are random.
"""
import json
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


class Same(nn.Module):
    """Pads as TensorFlow's SAME does for 5x5 of stride 2: one before, two after."""

    def forward(self, x):
        return F.pad(x, (1, 2, 1, 2))


def vae(width, latent, batch):
    channels = [width, 2 * width, 4 * width, 4 * width]
    encoder, decoder = [], []
    inputs = 1
    for c in channels:
        encoder += [nn.Conv2d(inputs, c, 4, 2, 1, bias=False), nn.LeakyReLU(0.01)]
        inputs = c
    encoder.append(nn.Conv2d(inputs, 2 * latent, 4, bias=False))
    decoder += [nn.ConvTranspose2d(latent, inputs, 4, bias=False), nn.LeakyReLU(0.01)]
    for c in channels[::-1][1:]:
        decoder += [nn.ConvTranspose2d(inputs, c, 4, 2, 1, bias=False), nn.LeakyReLU(0.01)]
        inputs = c
    decoder.append(nn.ConvTranspose2d(inputs, 1, 4, 2, 1, bias=False))
    encoder, decoder = nn.Sequential(*encoder), nn.Sequential(*decoder)
    adam = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], 1e-3)
    x = torch.randn(batch, 1, 64, 64)

    def update():
        mu, log_sigma = encoder(x).flatten(1).chunk(2, 1)
        y = decoder((mu + log_sigma.exp() * torch.randn_like(mu))[:, :, None, None])
        kl = 0.5 * (mu**2 + (2 * log_sigma).exp() - 2 * log_sigma - 1).sum(1)
        loss = (0.5 * ((x - y) ** 2).sum((1, 2, 3)) + kl).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()

    return {"vae": update}


class Block(nn.Sequential):
    def __init__(self, inputs, outputs):
        layers = []
        for c in (inputs, outputs):
            layers += [nn.Conv2d(c, outputs, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(outputs, 1e-3, 0.01)]
        super().__init__(*layers)


class Branch(nn.Module):
    def __init__(self, w, drop):
        super().__init__()
        self.up = nn.ModuleList([nn.ConvTranspose2d(2 * w << i, w << i, 2, 2) for i in range(4)])
        self.blocks = nn.ModuleList([Block(2 * w << i, w << i) for i in range(4)])
        self.out = nn.Conv2d(w, 1, 1)
        self.drop = drop

    def forward(self, h, skips):
        for i in (3, 2, 1, 0):
            h = torch.cat([self.up[i](h), skips[i]], 1)
            h = self.blocks[i](F.dropout(h, 0.3) if i or self.drop else h)
        return torch.sigmoid(self.out(h))


class Encoder(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.blocks = nn.ModuleList([Block(w << (i - 1) if i else 1, w << i) for i in range(5)])

    def forward(self, x):
        skips = []
        for block in self.blocks[:4]:
            skips.append(block(x))
            x = F.dropout(F.max_pool2d(skips[-1], 2), 0.3, self.training)
        return self.blocks[4](x), skips


class Main(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.encoder, self.fence, self.wild, self.mix = Encoder(w), Branch(w, False), Branch(w, True), nn.Conv2d(2, 1, 1)

    def forward(self, x):
        h, skips = self.encoder(x)
        fence, wild = self.fence(h, skips), self.wild(h, skips)
        return fence, wild, torch.sigmoid(self.mix(torch.cat([fence, wild], 1)))


class Critic(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.encoder, self.dense = Encoder(w), nn.Linear(16 * w * 16, 1)

    def forward(self, x):
        return torch.tanh(self.dense(self.encoder(x)[0].flatten(1)))


def decay(network):
    return 2e-4 * sum((p**2).sum() for p in network.parameters() if p.dim() == 4 and p.shape[-1] == 3)


def ascnet(width, batch):
    main, critic = Main(width), Critic(width)
    adams = {"mainModule": torch.optim.Adam(main.parameters(), 5e-5), "discriminator": torch.optim.Adam(critic.parameters(), 5e-5)}
    x, real = torch.rand(batch, 1, 64, 64), torch.rand(batch // 2, 1, 64, 64)
    targets = torch.cat([torch.ones(batch // 2, 1), -torch.ones(batch // 2, 1)])

    def discriminator():
        main.eval()
        with torch.no_grad():
            fake = main(x[: batch // 2])[0]
        critic.train()
        loss = (critic(torch.cat([real, fake])) - targets).abs().mean() + decay(critic)
        adams["discriminator"].zero_grad()
        loss.backward()
        adams["discriminator"].step()

    def main_module():
        main.train()
        critic.eval()
        for p in critic.parameters():
            p.requires_grad_(False)
        fence, wild, remix = main(x)
        dice = (2 * (fence * wild).sum() + 1) / (fence.sum() + wild.sum() + 1)
        loss = (critic(fence) - 1).abs().mean() + dice + ((x - remix) ** 2).mean() + decay(main)
        adams["mainModule"].zero_grad()
        loss.backward()
        adams["mainModule"].step()
        for p in critic.parameters():
            p.requires_grad_(True)

    return {"discriminator": discriminator, "mainModule": main_module}


def anogan(width, batch):
    w = width

    def up(i, o):
        return [nn.ConvTranspose2d(i, o, 5, 2, 2, 1), nn.BatchNorm2d(o), nn.ReLU()]

    generator = nn.Sequential(
        nn.Linear(100, 128 * w), nn.Unflatten(1, (8 * w, 4, 4)), nn.BatchNorm2d(8 * w), nn.ReLU(),
        *up(8 * w, 4 * w), *up(4 * w, 2 * w), *up(2 * w, w), nn.ConvTranspose2d(w, 1, 5, 2, 2, 1), nn.Tanh(),
    )

    def down(i, o):
        return [Same(), nn.Conv2d(i, o, 5, 2), nn.BatchNorm2d(o), nn.LeakyReLU(0.2)]

    critic = nn.Sequential(
        Same(), nn.Conv2d(1, w, 5, 2), nn.LeakyReLU(0.2), *down(w, 2 * w), *down(2 * w, 4 * w), *down(4 * w, 8 * w),
        nn.Flatten(), nn.Linear(128 * w, 1),
    )
    adams = {"generator": torch.optim.Adam(generator.parameters(), 2e-4, (0.5, 0.999)), "discriminator": torch.optim.Adam(critic.parameters(), 2e-4, (0.5, 0.999))}
    x, z = torch.randn(batch, 1, 64, 64), torch.rand(batch, 100) * 2 - 1

    def discriminator():
        with torch.no_grad():
            fake = generator(z)
        loss = F.softplus(-critic(x)).mean() + F.softplus(critic(fake)).mean()
        adams["discriminator"].zero_grad()
        loss.backward()
        adams["discriminator"].step()

    def generate():
        for p in critic.parameters():
            p.requires_grad_(False)
        loss = F.softplus(-critic(generator(z))).mean()
        adams["generator"].zero_grad()
        loss.backward()
        adams["generator"].step()
        for p in critic.parameters():
            p.requires_grad_(True)

    return {"discriminator": discriminator, "generator": generate}


CASES = {
    "vae": lambda: vae(16, 32, 16),
    "ascnet/4": lambda: ascnet(8, 4),
    "ascnet": lambda: ascnet(32, 4),
    "anogan/4": lambda: anogan(16, 16),
    "anogan": lambda: anogan(64, 16),
}


def main():
    torch.set_num_threads(int(sys.argv[1]))
    made = {}
    shown = [line.strip(" -") for line in torch.__config__.show().splitlines() if "MKL" in line and "Version" in line or "MKL-DNN" in line]
    print(json.dumps({"torch": torch.__version__, "blas": "; ".join(shown) or "no MKL"}), flush=True)
    for line in sys.stdin:
        case, count = line.split()
        if case not in made:
            made = {case: CASES[case]()}
            for update in made[case].values():
                update()
        times = {name: [] for name in made[case]}
        for _ in range(int(count)):
            for name, update in made[case].items():
                start = time.perf_counter()
                update()
                times[name].append(1e3 * (time.perf_counter() - start))
        print(json.dumps(times), flush=True)


main()
