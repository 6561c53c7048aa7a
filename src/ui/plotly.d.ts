declare module 'plotly.js-basic-dist-min' {
  export type Trace = Record<string, unknown>;
  type Draw = (element: HTMLElement, data: Trace[], layout: Record<string, unknown>, config: Record<string, unknown>) => Promise<unknown>;
  const Plotly: { react: Draw; purge: (element: HTMLElement) => void };
  export default Plotly;
}
