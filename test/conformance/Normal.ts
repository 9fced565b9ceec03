/**
 * Answers of two servers made comparable: what each chooses by itself (uids,
 * versions, generated names, addresses, times) becomes a name by its order.
 */

export interface Difference {
  /** Where in the answer; list positions are `[]`. */
  readonly path: string
  readonly model: unknown
  readonly real: unknown
}

const uidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
const clusterIpPattern = /^10\.96\.\d+\.\d+$/

/** Times that a server stamps; others come from the request and must be as they were sent. */
const stamped = new Set([
  "creationTimestamp",
  "deletionTimestamp",
  "time",
  "lastTransitionTime",
  "lastPhaseTransitionTime"
])

const nameOf = (item: unknown): string =>
  String((item as { readonly metadata?: { readonly name?: unknown } } | undefined)?.metadata?.name)

const managerOf = (entry: unknown): string => {
  const { manager, operation, subresource } = entry as Readonly<Record<string, unknown>>
  return JSON.stringify([manager, operation, subresource, entry])
}

/** One per side: remembers what it has named. */
export class Normal {
  readonly #names = new Map<string, string>()
  readonly #versions = new Map<string, number>()
  /** How many uids were seen under one name. */
  readonly #lives = new Map<string, number>()
  #generated = 0
  #addresses = 0

  /** What the copy learns, this one does not. */
  copy(): Normal {
    const copy = new Normal()
    for (const [known, name] of this.#names) copy.#names.set(known, name)
    for (const [uid, version] of this.#versions) copy.#versions.set(uid, version)
    for (const [name, lives] of this.#lives) copy.#lives.set(name, lives)
    copy.#generated = this.#generated
    copy.#addresses = this.#addresses
    return copy
  }

  /** A uid is named after what it was first seen on, so that one missing answer does not rename all later ones. */
  #born(uid: unknown, name: unknown): void {
    if (typeof uid !== "string" || !uidPattern.test(uid) || this.#names.has(uid)) return
    const life = (this.#lives.get(String(name)) ?? 0) + 1
    this.#lives.set(String(name), life)
    this.#names.set(uid, `<uid ${life} of ${this.#names.get(String(name)) ?? String(name)}>`)
  }

  /** An object got this name from its `generateName`. */
  generated(name: string, prefix: string): void {
    if (!this.#names.has(name)) this.#names.set(name, `${prefix}<generated ${this.#generated++}>`)
  }

  /** Whether an object is at the version it was last seen at: `same`, `newer` or `older`. */
  #version(uid: string, version: string): string {
    const known = this.#versions.get(uid) ?? 0
    const now = Number(version)
    this.#versions.set(uid, Math.max(known, now))
    return now === known ? "<same version>" : now > known ? "<newer version>" : "<older version>"
  }

  #text(field: string, value: string, uid: string | undefined): string {
    if (field === "resourceVersion") return uid === undefined ? "<version>" : this.#version(uid, value)
    if (field === "continue") return value === "" ? "" : "<continue>"
    if (uidPattern.test(value)) return this.#names.get(value) ?? value
    if (clusterIpPattern.test(value)) return "<ip>"
    if (stamped.has(field) && timePattern.test(value)) return "<time>"
    let text = value
    for (const [known, name] of this.#names)
      if (known.length > 6 && text.includes(known)) text = text.replaceAll(known, name)
    return text
      .replaceAll(/\bkube-api-access-[a-z0-9]{5}\b/g, "kube-api-access-<generated>")
      .replaceAll(/\b10\.96\.\d+\.\d+\b/g, "<ip>")
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (time) => (field === "message" ? "<time>" : time))
  }

  /** Managed fields name items of lists by their keys, owners by their uids. */
  #key(name: string): string {
    return name.startsWith("k:") ? this.#text("", name, undefined) : name
  }

  /** What a dry run would make gets no name: it has no uid that lasts. */
  passing(value: unknown): unknown {
    return this.copy().of(value)
  }

  of(value: unknown, field = "", uid?: string): unknown {
    if (typeof value === "string") return this.#text(field, value, uid)
    if (Array.isArray(value)) {
      const all = value.map((item) => this.of(item, field, uid))
      // How often a server says the same is nobody's business.
      // Names that servers draw come in no order that both have.
      if (field === "items") return all.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
      if (field === "causes")
        return [...new Set(all.map((cause) => JSON.stringify(cause)))].map((cause) => JSON.parse(cause))
      // The order of managers is their times', and those of one second have none.
      return field === "managedFields" ? all.toSorted((a, b) => (managerOf(a) < managerOf(b) ? -1 : 1)) : all
    }
    if (typeof value === "number" && /^(n|healthCheckN)odePort$/.test(field) && value >= 30_000) return "<port>"
    if (typeof value !== "object" || value === null) return value
    const { name, uid: id } = value as { readonly name?: unknown; readonly uid?: string }
    if (field === "metadata" || field === "details") this.#born(id, name)
    const own = field === "metadata" ? id : undefined
    return Object.fromEntries(
      Object.entries(value)
        .map(
          ([name, item]) =>
            [this.#key(name), this.of(item, name, name === "resourceVersion" ? own : undefined)] as const
        )
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
    )
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Every place where two normalised values differ. */
export const differences = (model: unknown, real: unknown, path = ""): ReadonlyArray<Difference> => {
  if (Array.isArray(model) && Array.isArray(real) && model.length === real.length) {
    return model.flatMap((item, index) => differences(item, real[index], `${path}[]`))
  }
  if (isObject(model) && isObject(real)) {
    const names = [...new Set([...Object.keys(model), ...Object.keys(real)])]
    return names.flatMap((name) => differences(model[name], real[name], path === "" ? name : `${path}.${name}`))
  }
  return JSON.stringify(model) === JSON.stringify(real) ? [] : [{ path, model, real }]
}
