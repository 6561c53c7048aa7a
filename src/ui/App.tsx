import { useEffect } from 'react';
import { useLab } from '../store/store';
import { ComparePage } from './compare/ComparePage';
import { DeviceSheet } from './DeviceSheet';
import { DataPage } from './data/DataPage';
import { DecidePage } from './decide/DecidePage';
import { EngineLine } from './EngineLine';
import { Header } from './Header';
import { HelpSheet } from './HelpSheet';
import { listenToKeys } from './keys';
import { StatusLine } from './StatusLine';
import { TrainPage } from './train/TrainPage';
import './tokens.css';
import './shell.css';
import './parts.css';
import './views.css';
import './data/data.css';
import './decide/decide.css';
import './decide/viewer.css';
import './compare/compare.css';
import './narrow.css';

const TITLES = { data: 'Data', train: 'Train', decide: 'Decide', compare: 'Compare' };

export function App() {
  const view = useLab((s) => s.view);
  const sheet = useLab((s) => s.sheet);
  useEffect(listenToKeys, []);
  useEffect(() => {
    document.title = `${TITLES[view]} · Wildcut`;
  }, [view]);
  return (
    <>
      <Header />
      <EngineLine />
      <main className="stage" aria-label={TITLES[view]}>
        <h1 className="sr">{TITLES[view]}</h1>
        {view === 'data' && <DataPage />}
        {view === 'train' && <TrainPage />}
        {view === 'decide' && <DecidePage />}
        {view === 'compare' && <ComparePage />}
      </main>
      <StatusLine />
      {sheet === 'device' && <DeviceSheet />}
      {sheet === 'help' && <HelpSheet />}
    </>
  );
}
