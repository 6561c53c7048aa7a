/** Where methods and numbers come from, as a list of references has it. */

/** By model. */
export const PAPERS: Readonly<Record<string, string>> = {
  vae: 'L. Zhou, W. Deng, X. Wu. Unsupervised anomaly localization using VAE and beta-VAE. arXiv:2005.10686, 2020.',
  ascnet:
    'R. Dey, Y. Hong. ASC-Net: Adversarial-based Selective Network for Unsupervised Anomaly Segmentation. MICCAI 2021, LNCS 12905, pp. 236–247.',
  anogan:
    'T. Schlegl, P. Seeböck, S. M. Waldstein, U. Schmidt-Erfurth, G. Langs. Unsupervised Anomaly Detection with Generative Adversarial Networks to Guide Marker Discovery. IPMI 2017, LNCS 10265, pp. 146–157.',
  acae: 'T. Schlegl, P. Seeböck, S. M. Waldstein, U. Schmidt-Erfurth, G. Langs. Unsupervised Anomaly Detection with Generative Adversarial Networks to Guide Marker Discovery. IPMI 2017, LNCS 10265, pp. 146–157 (the aCAE of Table 1; no code of it exists, so its details are this lab’s).',
  fanogan:
    'T. Schlegl, P. Seeböck, S. M. Waldstein, G. Langs, U. Schmidt-Erfurth. f-AnoGAN: Fast unsupervised anomaly detection with generative adversarial networks. Medical Image Analysis 54, pp. 30–44, 2019.',
  healthygan:
    'M. M. Rahman Siddiquee, J. Shah, T. Wu, C. Chong, T. Schwedt, B. Li. HealthyGAN: Learning from Unannotated Medical Images to Detect Anomalies Associated with Human Disease. Simulation and Synthesis in Medical Imaging (SASHIMI), 2022. arXiv:2209.01822.',
  a2bgan:
    'A2B-GAN: Utilizing Unannotated Anomalous Images for Anomaly Detection in Medical Image Analysis. Anonymous manuscript under review, 2021.',
};

export const SOURCES = {
  auc: 'J. A. Hanley, B. J. McNeil. The meaning and use of the area under a receiver operating characteristic (ROC) curve. Radiology 143, pp. 29–36, 1982.',
  delong:
    'E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson. Comparing the areas under two or more correlated receiver operating characteristic curves: a nonparametric approach. Biometrics 44, pp. 837–845, 1988.',
  dice: 'L. R. Dice. Measures of the amount of ecologic association between species. Ecology 26, pp. 297–302, 1945.',
  averagePrecision:
    'F. Pedregosa et al. Scikit-learn: Machine Learning in Python. Journal of Machine Learning Research 12, pp. 2825–2830, 2011 (average_precision_score).',
  bootstrap: 'B. Efron, R. J. Tibshirani. An Introduction to the Bootstrap. Chapman & Hall, 1993, chapter 13.',
  lesions:
    'A. Carass et al. Longitudinal multiple sclerosis lesion segmentation: Resource and challenge. NeuroImage 148, pp. 77–102, 2017.',
} as const;

/** By rule: who put a threshold there. Rules that are the lab's own, or nobody's, are not listed. */
export const RULE_SOURCES: Readonly<Record<string, string>> = {
  otsu: 'N. Otsu. A threshold selection method from gray-level histograms. IEEE Transactions on Systems, Man, and Cybernetics 9, pp. 62–66, 1979.',
  youden: 'W. J. Youden. Index for rating diagnostic tests. Cancer 3, pp. 32–35, 1950.',
  peak: PAPERS.ascnet,
  firstPeak: PAPERS.ascnet,
  balanced: PAPERS.healthygan,
};
