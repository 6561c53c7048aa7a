/** What every number means, one sentence each, with its source; shown beside the number. */

export type Definition = { title: string; sentence: string; source: string };

export const DEFINITIONS: Readonly<Record<string, Definition>> = {
  threshold: {
    title: 'Threshold',
    sentence: 'A pixel is flagged where its score is at or above it; for dark anomalies, where it is below.',
    source: 'design of this lab',
  },
  pixelAuroc: {
    title: 'Pixel AUROC',
    sentence: 'Chance that an anomalous pixel scores higher than a normal one of the slices with an anomaly; ties count half.',
    source: 'Hanley and McNeil, Radiology 1982',
  },
  pixelAurocInBrain: {
    title: 'Pixel AUROC in brain',
    sentence: 'Pixel AUROC over pixels where the image is above 0, so that easy background does not raise it.',
    source: 'Hanley and McNeil, Radiology 1982; restricted by this lab',
  },
  pixelAveragePrecision: {
    title: 'Average precision',
    sentence: 'Sum over thresholds of precision times gain in recall, without interpolation.',
    source: 'scikit-learn, average_precision_score',
  },
  aupro: {
    title: 'AUPRO',
    sentence:
      'Area under the mean share of each lesion that is flagged, against the false-positive rate of pixels up to 30 %, divided by 30 %; over all slices with a mask, empty ones too.',
    source: 'Bergmann et al., MVTec AD, IJCV 2021',
  },
  dicePooled: {
    title: 'Dice, pooled',
    sentence: 'Twice the overlap of mask and truth over the sum of their areas, all slices with an anomaly taken as one.',
    source: 'Dice, Ecology 1945',
  },
  diceSlice: {
    title: 'Dice per slice',
    sentence: 'Mean over slices with an anomaly of the Dice of each slice.',
    source: 'Dice, Ecology 1945',
  },
  diceAtBest: {
    title: 'Dice, mean ± sd',
    sentence:
      'Mean and standard deviation over slices with an anomaly of the Dice of each slice, at the threshold of the best pooled Dice: fitted on the test masks.',
    source: 'Dice, Ecology 1945',
  },
  dicePatient: {
    title: 'Dice per patient',
    sentence: 'Mean over patients of the Dice of all their slices with an anomaly taken as one.',
    source: 'Dice, Ecology 1945',
  },
  bestDice: {
    title: 'Best Dice',
    sentence: 'Largest pooled Dice over all thresholds; fitted on the test masks, so an upper bound.',
    source: 'Baur et al., Medical Image Analysis 2021 (best achievable Dice)',
  },
  precision: {
    title: 'Precision',
    sentence: 'Share of what is flagged that is anomalous.',
    source: 'Davis and Goadrich, ICML 2006',
  },
  sensitivity: {
    title: 'Recall (sensitivity)',
    sentence: 'Share of what is anomalous that is flagged.',
    source: 'Altman and Bland, BMJ 1994; 308: 1552',
  },
  specificity: {
    title: 'Specificity',
    sentence: 'Share of what is normal that is not flagged.',
    source: 'Altman and Bland, BMJ 1994; 308: 1552',
  },
  falseAlarmRate: {
    title: 'False-alarm rate',
    sentence: 'Share of what is normal that is flagged: 1 − specificity.',
    source: 'Fawcett, Pattern Recognition Letters 2006',
  },
  f1: {
    title: 'F1',
    sentence: 'Harmonic mean of precision and recall; of pixels of the slices with an anomaly it equals pooled Dice.',
    source: 'van Rijsbergen, Information Retrieval 1979',
  },
  area: {
    title: 'Flagged area',
    sentence: 'Share of all pixels of all slices that is called anomalous, background included.',
    source: 'design of this lab',
  },
  emptyArea: {
    title: 'On clean slices',
    sentence: 'Share of the pixels of slices with an empty mask that is called anomalous, all of it wrongly.',
    source: 'design of this lab',
  },
  healthyPercentile: {
    title: 'Healthy percentile',
    sentence: 'Share of the pixels above 0 of the healthy reference whose score is less anomalous.',
    source: 'design of this lab',
  },
  youden: {
    title: 'Youden',
    sentence: 'Threshold of the largest sensitivity + specificity, the highest of several.',
    source: 'Youden, Cancer 1950',
  },
  balanced: {
    title: 'Sens. = spec.',
    sentence: 'Threshold where sensitivity and specificity are closest, the highest of several.',
    source: 'released test code of HealthyGAN, MICCAI SASHIMI 2022',
  },
  confusion: {
    title: 'Confusion',
    sentence: 'Counts of true and false, flagged and not flagged; an image is flagged when any of its pixels is.',
    source: 'Fawcett, Pattern Recognition Letters 2006',
  },
  imageAuc: {
    title: 'Image AUC',
    sentence: 'Chance that an anomalous slice has a higher slice score than a normal one; ties count half.',
    source: 'Hanley and McNeil, Radiology 1982',
  },
  imageAucCi95: {
    title: '95 % interval of the AUC',
    sentence: 'Normal interval from the variance of the placement values, clipped to 0 to 1; it takes slices as independent.',
    source: 'DeLong, DeLong and Clarke-Pearson, Biometrics 1988',
  },
  delongTest: {
    title: 'Difference of AUCs',
    sentence: 'Paired test that two runs rank the same slices equally well, two-sided; it takes slices as independent.',
    source: 'DeLong, DeLong and Clarke-Pearson, Biometrics 1988',
  },
  bootstrap: {
    title: '95 % interval by patient',
    sentence:
      'From the 2.5 to the 97.5 percentile of the number over 1,000 sets of patients with an anomaly (for AUPRO with a mask, an empty one too), drawn with replacement.',
    source: 'Efron and Tibshirani, An Introduction to the Bootstrap 1993, chapter 13',
  },
  lesionsFound: {
    title: 'Lesions found',
    sentence: 'Connected regions of the truth in a slice, corners included, that share at least one pixel with the mask.',
    source: 'Carass et al., NeuroImage 2017 (lesion-wise true positives), by slice',
  },
  lesionsMissed: {
    title: 'Lesions missed',
    sentence: 'Connected regions of the truth in a slice that share no pixel with the mask.',
    source: 'Carass et al., NeuroImage 2017, by slice',
  },
  falseRegions: {
    title: 'False regions per slice',
    sentence: 'Connected regions of the mask that share no pixel with the truth, divided by the slices that have a mask.',
    source: 'Carass et al., NeuroImage 2017 (lesion-wise false positives); per slice in this lab',
  },
};
