import { createRoot } from 'react-dom/client';
import { App } from './ui/App';
import { isolate } from './ui/isolate';
import { openLab } from './ui/lab';

void isolate();
openLab();
createRoot(document.getElementById('root')!).render(<App />);
