/** The part of the notebook hosts' API that we use, and the types shared by stub and bundle. */

/** The message is unchecked: a listener must validate it before using it. */
export type Listener = (message: unknown) => void;

/** The widget model that anywidget provides. */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  on(event: string, listener: Listener): void;
  off(event: string, listener: Listener): void;
  send(message: object, callbacks?: undefined, buffers?: ArrayBuffer[]): void;
  /** Jupyter only; undefined in marimo. */
  widget_manager?: Manager;
}

export interface Manager {
  get_model(id: string): Promise<Pick<Model, "get"> & Partial<Pick<Model, "on" | "off">>>;
  /** Creates another view of a model, outside of any output. */
  create_view?(model: unknown): Promise<Shown>;
  /** The notebook that contains the widgets. JupyterLab and Notebook 7 only. */
  context?: unknown;
}

/** A view created by the manager. */
export interface Shown {
  el: HTMLElement;
  remove(): void;
}

export interface InitializeProps {
  model: Model;
  /** Messages received while the stub was loading the bundle, oldest first. */
  held?: readonly unknown[];
}

export interface RenderProps {
  model: Model;
  el: HTMLElement;
}

export type CleanUp = () => void;

/** One widget for one model. */
export interface Widget {
  initialize(props: InitializeProps): CleanUp;
  render(props: RenderProps): CleanUp;
}

/** Type of the default export of stub and bundle. The host calls it once per model. */
export type Factory = () => Widget;
