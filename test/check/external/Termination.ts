/** Detection of termination on a ring by a token (Dijkstra, Feijen and van Gasteren, EWD 840). */
import type { Action, Read, System } from "../../../src/domain/check/System.ts"

export interface Ring extends Readonly<Record<string, unknown>> {
  readonly active: ReadonlyArray<boolean>
  readonly black: ReadonlyArray<boolean>
  readonly token: { readonly at: number; readonly black: boolean }
}

const isDetected = (read: Read<Ring>): boolean =>
  read("token").at === 0 && !read("token").black && !read("black")[0] && !read("active")[0]

const passes: Action<Ring> = {
  name: "the token is passed",
  fairness: "weak",
  *outcomes(read) {
    const { at, black } = read("token")
    const isBlack = read("black")[at]!
    const last = read("black").length - 1
    const white = read("black").with(at, false)
    if (at === 0 && (black || isBlack)) yield { key: "", set: { token: { at: last, black: false }, black: white } }
    if (at !== 0 && (!read("active")[at] || isBlack || black)) {
      yield { key: "", set: { token: { at: at - 1, black: black || isBlack }, black: white } }
    }
  }
}

const works: Action<Ring> = {
  name: "a node works",
  fairness: "none",
  *outcomes(read) {
    const { length } = read("active")
    for (const node of read("active").keys()) {
      if (!read("active")[node]) continue
      yield { key: `${node} rests`, set: { active: read("active").with(node, false) } }
      for (let other = 0; other < length; other++) {
        if (other === node) continue
        const black = other > node ? read("black").with(node, true) : read("black")
        yield { key: `${node} wakes ${other}`, set: { active: read("active").with(other, true), black } }
      }
    }
  }
}

export const termination = (nodes: number): System<Ring> => ({
  name: `termination of ${nodes}`,
  // Everybody may be at work or not, of either colour; the token is anywhere, and black.
  initial: Array.from({ length: nodes * 4 ** nodes }, (_, index) => ({
    active: Array.from({ length: nodes }, (_, node) => ((index >> node) & 1) === 1),
    black: Array.from({ length: nodes }, (_, node) => ((index >> (nodes + node)) & 1) === 1),
    token: { at: index >> (2 * nodes), black: true }
  })),
  actions: [passes, works],
  budgets: {},
  properties: [
    {
      _tag: "Always",
      name: "what is detected is true",
      holds: (read) => !isDetected(read) || !read("active").includes(true)
    },
    {
      _tag: "LeadsTo",
      name: "termination is detected",
      premise: (read) => !read("active").includes(true),
      goal: isDetected
    },
    { _tag: "LeadsTo", name: "everybody rests", premise: () => true, goal: (read) => !read("active").includes(true) }
  ]
})
