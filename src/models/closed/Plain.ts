/**
 * Nodes without what makes no difference to anybody: counters of names, the
 * order in which replicas came, and reads that a frozen process would answer to
 * nobody. Exact: nothing that follows depends on them.
 */
import { endpoint, type Node, type State as Nodes } from "../valkey/Node.ts"

const reads = new Set(["info", "role", "ping"])

const isRead = ([command = "", sub = ""]: ReadonlyArray<string>): boolean =>
  reads.has(command.toLowerCase()) || `${command} ${sub}`.toLowerCase() === "config get"

const isOrdered = ({ attached }: Node): boolean =>
  attached.every((one, index) => index === 0 || placeOf(attached[index - 1]!) < placeOf(one))

const placeOf = ({ address, port }: Pick<Node, "address" | "port">): string => endpoint(address, port)

const plainNode = (node: Node): Node => {
  const late = node.late.filter(({ lines }) => !lines.every(isRead))
  if (late.length === node.late.length && isOrdered(node)) return node
  return { ...node, late, attached: node.attached.toSorted((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1)) }
}

const known = new WeakMap<Node, Node>()

/** A cache of a pure function. */
const plainOf = (node: Node): Node => {
  let plain = known.get(node)
  if (plain === undefined) known.set(node, (plain = plainNode(node)))
  return plain
}

export const plain = (state: Nodes): Nodes => {
  const all = Object.entries(state.nodes)
  if (state.chosen === 0 && all.every(([, node]) => plainOf(node) === node)) return state
  return { ...state, chosen: 0, nodes: Object.fromEntries(all.map(([id, node]) => [id, plainOf(node)])) }
}
