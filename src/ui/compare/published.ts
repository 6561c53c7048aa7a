/** Numbers as the papers print them, on their own data: beside ours they say what the authors saw, and nothing about rank. */
export type PublishedRow = { method: string; data: string; metric: string; value: string; by?: string };

const vae = (l: number, values: readonly string[]): PublishedRow[] =>
  ['Rec-Error', 'ELBO-grad', 'KL-grad', 'Rec-grad', 'Combi'].map((scorer, i) => ({
    method: `VAE, l = ${l} · ${scorer}`,
    data: 'BraTS 2018',
    metric: 'pixel AUROC',
    value: values[i],
  }));

const healthyGan = (data: string, auc: string): PublishedRow => ({ method: 'HealthyGAN', data, metric: 'image AUC', value: auc });
const a2b = (data: string, chosen: string, best: string): PublishedRow[] => [
  { method: 'A2B-GAN, chosen by FID', data, metric: 'image AUC', value: chosen },
  { method: 'A2B-GAN, best checkpoint', data, metric: 'image AUC', value: best },
];
const asc = (data: string, value: string, by?: string): PublishedRow => ({ method: 'ASC-Net', data, metric: 'Dice, %', value, by });
const anogan = (method: string, value: string): PublishedRow => ({ method, data: 'retinal OCT', metric: 'image AUC', value });

export const PUBLISHED: readonly PublishedRow[] = [
  asc('MS-SEG2015', '32.94'),
  asc('MS-SEG2015', '48.20', 'after post-processing'),
  asc('BraTS 2019', '63.67'),
  asc('LiTS', '32.24'),
  asc('LiTS', '50.23', 'after post-processing'),
  anogan('aCAE', '0.73'),
  anogan('P_D', '0.72'),
  anogan('GAN_R', '0.88'),
  anogan('AnoGAN', '0.89'),
  healthyGan('COVID-19', '0.84'),
  healthyGan('X-ray 14', '0.56'),
  healthyGan('Migraine', '0.75'),
  ...a2b('COVID-19', '0.8364', '0.8398'),
  ...a2b('Cardiomegaly', '0.6015', '0.6383'),
  ...a2b('simulated CelebA', '0.8002', '0.8571'),
  ...vae(32, ['0.860', '0.900', '0.853', '0.901', '0.831']),
  ...vae(64, ['0.856', '0.900', '0.809', '0.900', '0.800']),
  ...vae(256, ['0.838', '0.871', '0.853', '0.871', '0.803']),
];
