/** What the notebook hosts give us, as far as we use it, and what stub and bundle pass to each other. */

/** A custom message is whatever the kernel sent: it is looked at before it is believed. */
export type Listener = (message: unknown) => void;

/** The widget model, as anywidget hands it out. */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  on(event: string, listener: Listener): void;
  off(event: string, listener: Listener): void;
  send(message: object): void;
  /** Jupyter only; marimo has none. */
  widget_manager?: Manager;
}

export interface Manager {
  get_model(id: string): Promise<Pick<Model, "get"> & Partial<Pick<Model, "on" | "off">>>;
  /** Another view of a model, outside of any output. */
  create_view?(model: unknown): Promise<Shown>;
  /** The notebook that the widgets stand in: JupyterLab and Notebook 7 only. */
  context?: unknown;
}

/** A view that the manager has made. */
export interface Shown {
  el: HTMLElement;
  remove(): void;
}

export interface InitializeProps {
  model: Model;
  /** Messages that came while the stub was still loading the bundle, oldest first. */
  held?: readonly unknown[];
}

export interface RenderProps {
  model: Model;
  el: HTMLElement;
}

export type CleanUp = () => void;

/** One widget on one model. */
export interface Widget {
  initialize(props: InitializeProps): CleanUp;
  render(props: RenderProps): CleanUp;
}

/** The shape of the default export of stub and bundle: the host calls it once a model. */
export type Factory = () => Widget;
