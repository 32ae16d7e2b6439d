// The flow of a call as a graph: laid out by dagre, drawn as SVG.

import { Graph, layout } from "/assets/vendor/dagre.js";
import { part, shape, visible } from "/assets/beside_parts.js";

const WIDTH = 168;
const HEIGHT = 46;
const MARGIN = 12;
const LETTERS = 24;
const STATES = { running: "running", taken: "taken", untaken: "not taken", refused: "refused" };

const frame = document.getElementById("flow");
const list = document.getElementById("flow-list");
const empty = document.getElementById("no-flow");
const legend = document.getElementById("flow-legend");

function laidOut(graph) {
  const found = new Graph({ multigraph: true });
  found.setGraph({ rankdir: "TB", nodesep: 22, ranksep: 30, edgesep: 12, marginx: MARGIN, marginy: MARGIN });
  found.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) found.setNode(node.id, { width: WIDTH, height: HEIGHT });
  graph.edges.forEach((edge, number) => {
    const width = edge.key ? Math.min(edge.key.length, 14) * 7 + 10 : 0;
    found.setEdge(edge.source, edge.target, { width, height: edge.key ? 16 : 0, labelpos: "c" }, `${number}`);
  });
  layout(found);
  return found;
}

function cut(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function drawnNode(node, place) {
  const group = shape("g", {
    class: `node ${node.state}`,
    transform: `translate(${place.x - WIDTH / 2} ${place.y - HEIGHT / 2})`,
    "data-node": node.id,
  });
  const detail = visible(node.problem || node.detail);
  const title = shape("title");
  title.textContent = `${visible(node.name)}${detail ? `: ${detail}` : ""} (${STATES[node.state]})`;
  const name = shape("text", { x: 10, y: detail ? 18 : 28, class: "name" });
  name.textContent = cut(visible(node.name), LETTERS - 2);
  const more = shape("text", { x: 10, y: 35, class: "detail" });
  more.textContent = cut(detail, LETTERS);
  group.append(title, shape("rect", { width: WIDTH, height: HEIGHT, rx: 6 }), name, more);
  if (node.state === "running") group.append(shape("circle", { cx: WIDTH - 14, cy: 14, r: 4, class: "lamp" }));
  return group;
}

function drawnEdge(edge, place) {
  const points = place.points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const line = shape("polyline", { points, class: `edge ${edge.state}`, "marker-end": `url(#arrow-${edge.state})` });
  if (!edge.key) return [line];
  const text = shape("text", { x: place.x, y: place.y + 4, class: `key ${edge.state}`, "text-anchor": "middle" });
  text.textContent = cut(visible(edge.key), 14);
  const width = Math.min(edge.key.length, 14) * 6.5 + 8;
  const back = shape("rect", { x: place.x - width / 2, y: place.y - 8, width, height: 16, class: "key-back", rx: 3 });
  return [line, back, text];
}

function arrow(state) {
  const head = shape("path", { d: "M0 0 8 4 0 8Z", class: `head ${state}` });
  return shape("marker", {
    id: `arrow-${state}`, viewBox: "0 0 8 8", refX: 8, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto",
  }, head);
}

function listed(graph) {
  const taken = graph.nodes.filter((node) => node.state !== "untaken");
  list.replaceChildren(...taken.map((node) =>
    part("li", {}, `${visible(node.name)} ${visible(node.problem || node.detail)}, ${STATES[node.state]}`)));
}

function showRunning(places, graph) {
  const node = graph.nodes.find((each) => each.state === "running")
    ?? graph.nodes.findLast((each) => each.state !== "untaken");
  if (!node) return;
  const place = places.node(node.id);
  frame.scrollTo({
    left: place.x - frame.clientWidth / 2,
    top: place.y - frame.clientHeight / 2,
  });
}

let shown = "";

/** Draw a graph; the running node, or the last one, is scrolled into view. */
export function draw(graph) {
  const key = JSON.stringify(graph);
  if (key === shown) return;
  shown = key;
  empty.hidden = graph.nodes.length > 0;
  frame.hidden = legend.hidden = !graph.nodes.length;
  listed(graph);
  if (!graph.nodes.length) {
    frame.replaceChildren();
    return;
  }
  const places = laidOut(graph);
  const { width, height } = places.graph();
  const svg = shape("svg", {
    width: Math.ceil(width), height: Math.ceil(height), viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
    "aria-hidden": "true",
  });
  svg.append(shape("defs", {}, ...["untaken", "taken"].map(arrow)));
  const edges = graph.edges.map((edge, number) =>
    [edge, places.edge({ v: edge.source, w: edge.target, name: `${number}` })]);
  edges.sort(([one], [other]) => (one.state === "taken") - (other.state === "taken"));
  for (const [edge, place] of edges) svg.append(...drawnEdge(edge, place));
  for (const node of graph.nodes) svg.append(drawnNode(node, places.node(node.id)));
  frame.replaceChildren(svg);
  showRunning(places, graph);
}
