/**
 * Label selectors as the API writes them in `labelSelector`: what a cached list
 * filters by. (Kubernetes: labels and selectors, API.)
 */

export type Labels = Readonly<Record<string, string>>

type Requirement = (labels: Labels) => boolean

const values = (text: string): ReadonlyArray<string> => text.split(",").map((value) => value.trim())

const requirement = (text: string): Requirement | undefined => {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text)
  if (set !== null) {
    const [, key, operator, list] = set
    const among = new Set(values(list!))
    return (labels) => {
      const value = labels[key!]
      return operator === "in" ? value !== undefined && among.has(value) : value === undefined || !among.has(value)
    }
  }
  const [, key, operator, value] = /^([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)$/.exec(text) ?? []
  if (key !== undefined) return (labels) => (labels[key] === value) === (operator !== "!=")
  const [, not, name] = /^(!?)\s*([^\s=!,()]+)$/.exec(text) ?? []
  return name === undefined ? undefined : (labels) => name in labels === (not === "")
}

/** Whether labels fit; undefined when the text is no selector. The empty one fits all. */
export const parse = (text: string): ((labels: Labels) => boolean) | undefined => {
  // Commas inside parentheses belong to a set.
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim())
  const requirements = text.trim() === "" ? [] : parts.map(requirement)
  return requirements.includes(undefined)
    ? undefined
    : (labels) => requirements.every((requirement) => requirement!(labels))
}
