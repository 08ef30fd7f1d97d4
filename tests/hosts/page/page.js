// A notebook host reduced to what matters to a widget: a kernel connection (JupyterLab's services), a
// widget manager (that of VS Code), outputs with display ids, and the host's rules, given in the address:
//   base, token, kernel    a Jupyter server, and the kernel's name
//   subshells=1    comms go over subshells, as JupyterLab sends them; 0: through the main shell
//   updates        of outputs: "applied", "ignored", or "cells" for those of a running cell
//   busyonly=1     messages of comms, and updates, pass only while the request that they name as their
//                  parent is busy; all others are dropped without a word
import { activate } from './ipywidgets.js';

const rules = new URLSearchParams(location.search);
const on = (name) => rules.get(name) === '1';
const { KernelManager, ServerConnection } = window.jupyterServices;

activate();
window.vscIPyWidgets8.load();
const base = rules.get('base');
const serverSettings = ServerConnection.makeSettings({
  baseUrl: base, wsUrl: base.replace('http', 'ws'), token: rules.get('token'), appendToken: true,
});
const kernels = new KernelManager({ serverSettings });
await kernels.ready;
const kernel = await kernels.startNew({ name: rules.get('kernel') });
if (!on('subshells')) kernel.commsOverSubshells = 'disabled';
await kernel.info;

// ---- the rule of the busy parent ----
const busy = new Set();
const counts = { comm_kept: 0, comm_dropped: 0, updates_applied: 0, updates_dropped: 0 };
const passes = (msg) => !on('busyonly') || busy.has(msg.parent_header.msg_id);
kernel.iopubMessage.connect((_, msg) => {
  if (msg.header.msg_type !== 'status') return;
  const id = msg.parent_header.msg_id;
  if (msg.content.execution_state === 'busy') busy.add(id);
  else setTimeout(() => busy.delete(id), 0); // messages of the same turn still pass
});
const cellRequests = new Set();
const ofCell = ({ parent_header: { msg_id: id } }) => busy.has(id) && cellRequests.has(id);
const handle = kernel._handleCommMsg.bind(kernel);
kernel._handleCommMsg = async (msg) => {
  if (!passes(msg)) { counts.comm_dropped++; return; }
  counts.comm_kept++;
  return handle(msg);
};

// ---- widgets ----
requirejs.config({ paths: { anywidget: new URL('anywidget', location.href.split('?')[0]).href } });
const manager = new window.vscIPyWidgets.WidgetManager(kernel, document.body, {
  widgetsRegisteredInRequireJs: new Set(), loadWidgetScript: async () => {}, successHandler() {},
  errorHandler: (...a) => console.error('widget error', ...a.map(String)),
}, () => {});

// ---- outputs: on the screen, and in the file ----
const outputs = [];
async function render(out) {
  out.view?.remove();
  out.view = null;
  out.node.replaceChildren();
  const widget = out.data['application/vnd.jupyter.widget-view+json'];
  if (widget) {
    try {
      const model = await manager.get_model(widget.model_id);
      out.view = await manager.create_view(model, { el: out.node });
      await manager.display_view(widget, out.view, { node: out.node });
    } catch (error) { out.node.textContent = `cannot be shown: ${error}`; console.error(String(error)); }
  } else if (out.data['text/html']) out.node.innerHTML = [out.data['text/html']].flat().join('');
  else out.node.textContent = [out.data['text/plain'] ?? ''].flat().join('');
}
kernel.iopubMessage.connect((_, msg) => {
  if (msg.header.msg_type !== 'update_display_data') return;
  const id = msg.content.transient?.display_id;
  const found = outputs.filter((o) => id && o.display_id === id);
  if (!found.length) return;
  const applied = { applied: passes, ignored: () => false, cells: ofCell }[rules.get('updates')];
  if (!applied(msg)) { counts.updates_dropped++; return; }
  counts.updates_applied++;
  for (const out of found) { out.data = msg.content.data; out.metadata = msg.content.metadata; render(out); }
});

function add(cell, data, metadata, display_id) {
  const node = document.createElement('div');
  node.className = 'output';
  document.querySelector(`#cell-${cell} .outputs`).append(node);
  const out = { cell, node, data, metadata, display_id, view: null };
  outputs.push(out);
  render(out);
}
let cells = 0;
const inputs = [];
function addCell(code) {
  const box = document.createElement('div');
  box.id = `cell-${cells}`;
  box.innerHTML = '<pre style="background:#eee"></pre><div class=outputs></div>';
  box.firstChild.textContent = code;
  document.getElementById('cells').append(box);
  return cells++;
}
window.host = {
  counts,
  // Starts a cell; `over(cell)` waits for it.
  run(code) {
    const cell = addCell(code);
    const future = kernel.requestExecute(
      { code, allow_stdin: true, stop_on_error: true, store_history: true }, false, { cellId: `cell-${cell}` });
    cellRequests.add(future.msg.header.msg_id);
    future.onIOPub = ({ header, content }) => {
      if (header.msg_type === 'display_data' || header.msg_type === 'execute_result')
        add(cell, content.data, content.metadata, content.transient?.display_id);
      else if (header.msg_type === 'stream') add(cell, { 'text/plain': content.text });
      else if (header.msg_type === 'error') add(cell, { 'text/plain': `${content.ename}: ${content.evalue}` });
    };
    future.onStdin = () => inputs.push(future);
    this.done[cell] = future.done.then(() => true, () => true);
    return cell;
  },
  done: [],
  over(cell) { return this.done[cell]; },
  file(cell) { return outputs.filter((o) => o.cell === cell).map(({ data, metadata }) => ({ data, metadata })); },
  async answer(value) {
    while (!inputs.length) await new Promise((resolve) => setTimeout(resolve, 50));
    inputs.shift().sendInputReply({ value, status: 'ok' }, {});
  },
  // Shows the outputs of a cell of a file.
  open(saved) {
    const cell = addCell('');
    for (const { data, metadata } of saved) add(cell, data, metadata);
  },
  shutdown: () => kernel.shutdown(),
};
window.ready = true;
