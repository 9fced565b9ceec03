/**
 * What functions of a state returned, found again by exactly the ids they read:
 * one decision tree per function, all in a few integer arrays. An inner node
 * names what is read there and has one child per id, a leaf is the result.
 */
import { Words } from "./Words.ts"

/** Results are integers from 0; a path is what was read, in order, and the ids found. */
export class Memo {
  /** Per function: a node, `~result`, or 0 if it was never run. */
  private readonly roots: Array<number> = []
  /** Per node: what it reads, where its dense children are, how many those are, and how many there are in all. */
  private readonly nodes = new Words()
  /** Children by small ids: a node, `~result` or 0. */
  private readonly dense = new Words()
  /** All other children, by node and id: three words each. */
  private sparse = new Int32Array(3 * 1024)
  private sparseCount = 0
  private readonly extra: (what: number, state: Int32Array, after: Int32Array) => number
  private readonly width: number

  /** `extra`: the id of what is not a component: from `2 * width` on. */
  constructor(width: number, extra: (what: number, state: Int32Array, after: Int32Array) => number) {
    this.width = width
    this.extra = extra
    this.nodes.fill(4)
    this.dense.fill(1)
  }

  /** The number of a new function. */
  register(): number {
    return this.roots.push(0) - 1
  }

  /** It was run, and read nothing. */
  isConstant(of: number): boolean {
    return this.roots[of]! < 0
  }

  get bytes(): number {
    return this.nodes.bytes + this.dense.bytes + this.sparse.byteLength
  }

  /** Its result in this state, or -1. Reads from `width` on are of `after`. */
  find(of: number, state: Int32Array, after: Int32Array): number {
    const nodes = this.nodes.data
    const dense = this.dense.data
    const width = this.width
    let node = this.roots[of]!
    while (node > 0) {
      const what = nodes[node]!
      const id = what < width ? state[what]! : what < 2 * width ? after[what - width]! : this.extra(what, state, after)
      node = id < nodes[node + 2]! ? dense[nodes[node + 1]! + id]! : this.child(node, id)
    }
    return ~node
  }

  /** Remembers a result; the component that it read before where it now read another one, or -1: all is well. */
  add(of: number, path: ReadonlyArray<number>, ids: ReadonlyArray<number>, result: number): number {
    let parent = 0
    let id = of
    for (let i = 0; i < path.length; i++) {
      let node = parent === 0 ? this.roots[of]! : this.lookup(parent, id)
      if (node < 0) return path[i]!
      if (node === 0) {
        node = this.nodes.length
        this.nodes.fill(node + 4)
        this.nodes.data[node] = path[i]!
        this.put(of, parent, id, node)
      } else if (this.nodes.data[node] !== path[i]) return this.nodes.data[node]!
      parent = node
      id = ids[i]!
    }
    const known = parent === 0 ? this.roots[of]! : this.lookup(parent, id)
    if (known > 0) return this.nodes.data[known]!
    this.put(of, parent, id, ~result)
    return -1
  }

  private lookup(node: number, id: number): number {
    const at = this.nodes.data[node + 2]!
    return id < at ? this.dense.data[this.nodes.data[node + 1]! + id]! : this.child(node, id)
  }

  private put(of: number, parent: number, id: number, child: number): void {
    if (parent === 0) {
      this.roots[of] = child
      return
    }
    const nodes = this.nodes.data
    const count = ++nodes[parent + 3]!
    if (id >= nodes[parent + 2]! && id < 4 * count + 4) this.widen(parent, id)
    if (id < nodes[parent + 2]!) this.dense.data[nodes[parent + 1]! + id] = child
    else this.putSparse(parent, id, child)
  }

  /** Small ids that are common enough get an array of their own. */
  private widen(node: number, id: number): void {
    const nodes = this.nodes.data
    const had = nodes[node + 2]!
    const size = Math.max(4, 2 ** Math.ceil(Math.log2(id + 1)))
    const base = this.dense.length
    this.dense.fill(base + size)
    const dense = this.dense.data
    for (let i = 0; i < had; i++) dense[base + i] = dense[nodes[node + 1]! + i]!
    for (let i = had; i < size; i++) dense[base + i] = this.child(node, i)
    nodes[node + 1] = base
    nodes[node + 2] = size
  }

  private child(node: number, id: number): number {
    const sparse = this.sparse
    const size = sparse.length / 3
    let at = hash(node, id) & (size - 1)
    for (;;) {
      const owner = sparse[3 * at]!
      if (owner === 0) return 0
      if (owner === node && sparse[3 * at + 1] === id) return sparse[3 * at + 2]!
      at = (at + 1) & (size - 1)
    }
  }

  private putSparse(node: number, id: number, child: number): void {
    if (++this.sparseCount * 2 > this.sparse.length / 3) {
      const old = this.sparse
      this.sparse = new Int32Array(old.length * 2)
      for (let i = 0; i < old.length; i += 3) if (old[i] !== 0) this.insert(old[i]!, old[i + 1]!, old[i + 2]!)
    }
    this.insert(node, id, child)
  }

  private insert(node: number, id: number, child: number): void {
    const sparse = this.sparse
    const size = sparse.length / 3
    let at = hash(node, id) & (size - 1)
    while (sparse[3 * at] !== 0) at = (at + 1) & (size - 1)
    sparse[3 * at] = node
    sparse[3 * at + 1] = id
    sparse[3 * at + 2] = child
  }
}

const hash = (node: number, id: number): number => {
  const mixed = Math.imul(node ^ Math.imul(id, 0x9e3779b1), 0x85ebca6b)
  return mixed ^ (mixed >>> 15)
}
