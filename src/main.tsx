import { createRoot } from 'react-dom/client';
import { App } from './ui/App';
import { openLab } from './ui/lab';

openLab();
createRoot(document.getElementById('root')!).render(<App />);
