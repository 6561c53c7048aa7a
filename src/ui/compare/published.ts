/** Numbers as the papers print them, on their own data: beside ours they say what the authors saw, and nothing about rank. */
export type PublishedTable = {
  data: string;
  /** What the numbers are. */
  metric: string;
  columns: readonly string[];
  /** A method and its numbers, '–' where the paper has none. */
  rows: readonly (readonly [method: string, ...numbers: string[]])[];
  note?: string;
};
export type PublishedPaper = { title: string; cited: string; tables: readonly PublishedTable[] };

const RATES = ['AUC', 'precision', 'recall', 'specificity', 'F1'];

export const PUBLISHED: readonly PublishedPaper[] = [
  {
    title: 'ASC-Net',
    cited: 'MICCAI 2021',
    tables: [
      {
        data: 'MS-SEG2015',
        metric: 'Dice, %',
        columns: ['raw', 'post-processed'],
        rows: [
          ['ASC-Net', '32.94', '48.20'],
          ['constrained AE, compared with', '9.7', '–'],
          ['f-AnoGAN, compared with', '–', '27.8'],
        ],
      },
      { data: 'BraTS 2019', metric: 'Dice, %', columns: ['raw', 'post-processed'], rows: [['ASC-Net', '63.67', '–']] },
      { data: 'LiTS', metric: 'Dice, %', columns: ['raw', 'post-processed'], rows: [['ASC-Net', '32.24', '50.23']] },
      {
        data: 'Slices of 240²',
        metric: 'time, ms, on two Titan X',
        columns: ['D', 'M'],
        rows: [['ASC-Net', '2.5', '15.5']],
      },
    ],
  },
  {
    title: 'AnoGAN',
    cited: 'IPMI 2017',
    tables: [
      {
        data: 'Retinal OCT',
        metric: 'images, at Youden’s point',
        columns: ['AUC', 'precision', 'recall', 'sensitivity', 'specificity'],
        rows: [
          ['aCAE', '0.73', '0.7005', '0.7009', '0.7011', '0.6659'],
          ['P_D', '0.72', '0.8471', '0.5119', '0.5124', '0.8970'],
          ['GAN_R', '0.88', '0.8482', '0.7631', '0.7634', '0.8477'],
          ['AnoGAN', '0.89', '0.8834', '0.7277', '0.7279', '0.8928'],
        ],
        note: 'Recall and sensitivity are one quantity; the paper prints them slightly apart.',
      },
    ],
  },
  {
    title: 'HealthyGAN',
    cited: 'SASHIMI 2022',
    tables: [
      {
        data: 'COVID-19',
        metric: 'images',
        columns: RATES,
        rows: [
          ['ALAD', '0.58', '0.49', '0.89', '0.09', '0.64'],
          ['ALOCC', '0.63', '0.63', '0.63', '0.63', '0.63'],
          ['f-AnoGAN', '0.64', '0.55', '0.53', '0.56', '0.54'],
          ['Ganomaly', '0.58', '0.59', '0.60', '0.59', '0.60'],
          ['PaDiM', '0.56', '0.56', '0.56', '0.56', '0.56'],
          ['PatchCore', '0.52', '0.52', '0.53', '0.51', '0.52'],
          ['HealthyGAN', '0.84', '0.76', '0.76', '0.76', '0.76'],
        ],
      },
      {
        data: 'X-ray 14',
        metric: 'images',
        columns: RATES,
        rows: [
          ['ALAD', '0.53', '0.53', '0.53', '0.53', '0.53'],
          ['ALOCC', '0.48', '0.48', '0.48', '0.48', '0.48'],
          ['f-AnoGAN', '0.55', '0.55', '0.55', '0.55', '0.55'],
          ['Ganomaly', '0.49', '0.49', '0.49', '0.49', '0.49'],
          ['PaDiM', '0.54', '0.54', '0.54', '0.54', '0.54'],
          ['PatchCore', '0.53', '0.53', '0.53', '0.53', '0.53'],
          ['HealthyGAN', '0.56', '0.55', '0.55', '0.55', '0.55'],
        ],
      },
      {
        data: 'Migraine',
        metric: 'images',
        columns: RATES,
        rows: [
          ['ALAD', '0.60', '0.60', '0.60', '0.60', '0.60'],
          ['ALOCC', '0.40', '0.40', '0.40', '0.40', '0.40'],
          ['f-AnoGAN', '0.50', '0.50', '0.50', '0.50', '0.50'],
          ['Ganomaly', '0.70', '0.70', '0.70', '0.70', '0.70'],
          ['PaDiM', '0.35', '0.36', '0.40', '0.30', '0.38'],
          ['PatchCore', '0.60', '0.60', '0.60', '0.60', '0.60'],
          ['HealthyGAN', '0.75', '0.78', '0.70', '0.80', '0.74'],
        ],
      },
    ],
  },
  {
    title: 'A2B-GAN',
    cited: 'manuscript, 2021',
    tables: [
      {
        data: 'Three sets',
        metric: 'AUC of images',
        columns: ['COVID-19', 'Cardiomegaly', 'average', 'simulated CelebA'],
        rows: [
          ['ALAD', '0.5802', '0.5286', '0.5544', '0.5417'],
          ['PatchCore', '0.5200', '0.5999*', '0.5600', '0.7549'],
          ['PaDiM', '0.5400', '0.6034*', '0.5717', '0.9609'],
          ['Ganomaly', '0.5840', '0.6300', '0.6070', '0.5880'],
          ['f-AnoGAN', '0.6382', '0.5987', '0.6185', '0.5969'],
          ['A2B-GAN, chosen by FID', '0.8364', '0.6015', '0.7190', '0.8002'],
          ['A2B-GAN, best checkpoint', '0.8398', '0.6383', '–', '0.8571'],
        ],
        note: '* learnt from 10,000 healthy images only.',
      },
      {
        data: 'CelebA, translation',
        metric: 'FID',
        columns: ['eyeglasses', 'male to female'],
        rows: [['A2B-GAN', '34.29', '34.00']],
      },
    ],
  },
  {
    title: 'VAE and β-VAE',
    cited: 'arXiv 2020',
    tables: [
      {
        data: 'BraTS 2018, VAE',
        metric: 'pixel AUROC',
        columns: ['Rec-Error', 'ELBO-grad', 'KL-grad', 'Rec-grad', 'Combi'],
        rows: [
          ['l = 32', '0.860', '0.900', '0.853', '0.901', '0.831'],
          ['l = 64', '0.856', '0.900', '0.809', '0.900', '0.800'],
          ['l = 256', '0.838', '0.871', '0.853', '0.871', '0.803'],
        ],
      },
      {
        data: 'BraTS 2018, β-VAE, l = 64',
        metric: 'pixel AUROC',
        columns: ['Rec-Error', 'ELBO-grad', 'KL-grad', 'Rec-grad', 'Combi', 'Proj-Rec-Error', 'ensemble'],
        rows: [
          ['β = 0.1', '0.857', '0.899', '0.805', '0.899', '0.810', '0.861', '–'],
          ['β = 0.5', '0.856', '0.903', '0.809', '0.903', '0.808', '0.865', '–'],
          ['β = 1', '0.856', '0.900', '0.809', '0.900', '0.800', '0.861', '–'],
          ['β = 2', '0.856', '0.900', '0.803', '0.900', '0.778', '0.862', '–'],
          ['β = 10', '0.859', '0.905', '0.810', '0.905', '0.749', '0.864', '0.903'],
        ],
      },
    ],
  },
];
