/**
 * A closed system as data: what its states are made of, what may happen in
 * them, and what is said of its runs. The checker explores these and nothing
 * else; controllers become actions of such a system.
 */

/**
 * A state: a record of components. Each is plain data (no closures, dates or
 * class instances but those the interner knows), interned as a whole; its parts
 * that did not change must be the same objects as before.
 */
export type Components = Readonly<Record<string, unknown>>

/**
 * What an action, a property or an eager step may look at. Which components it
 * read is recorded, and it runs again only for other values of those: it must
 * depend on nothing else.
 */
export interface Read<S extends Components> {
  <K extends keyof S & string>(component: K): S[K]
  /**
   * The smallest name of this kind ("<kind>#<n>", n from 0) that nothing in the
   * state mentions; `nth`: that many free ones further. See `System.mentions`.
   */
  readonly unused: (kind: string, nth?: number) => string
}

/** One thing that may happen now. */
export interface Outcome<S extends Components> {
  /** What fairness is counted on besides the action: one request, one object, one pod. */
  readonly key: string
  /** The components that change, with their new values. */
  readonly set: Partial<S>
  /** For people: "PatchService v -> v-1 is applied". Default: action and key. */
  readonly says?: string
  /** The program broke a rule of its own here (a defect, an endless loop): a safety violation, with this sentence. */
  readonly breaks?: string
}

/**
 * `weak`: not enabled for ever (per action and key) without being taken;
 * `strong`: not enabled again and again for ever without being taken;
 * `none`: may never happen; `{ budget }`: a fault or an outside event, takes one from the
 * budget of that class and is never fair.
 */
export type Fairness = "weak" | "strong" | "none" | { readonly budget: string }

export interface Action<S extends Components> {
  readonly name: string
  readonly fairness: Fairness
  readonly outcomes: (read: Read<S>) => Iterable<Outcome<S>>
}

/** A step that follows by itself, on the ids of components instead of their values. */
export interface InNumbers {
  readonly components: ReadonlyArray<string>
  /**
   * `values`: for each of the components those that it has had, at their ids; there will be more.
   * Of the ids of a state, in the order of `components`: what changes, by index. Undefined: nothing.
   */
  readonly over: (
    values: ReadonlyArray<ReadonlyArray<unknown>>
  ) => (ids: Int32Array) => ReadonlyArray<readonly [index: number, value: unknown]> | undefined
}

/** What follows by itself within the same step, before anybody else can look: the first eager step that changes something, until none does. */
export interface Eager<S extends Components> {
  readonly name: string
  readonly next: (read: Read<S>) => Partial<S> | undefined
  /** The same, for what looks at most of a state after each step: asked anew instead of found again, which costs less. */
  readonly inNumbers?: InNumbers
}

export type Holds<S extends Components> = (read: Read<S>) => boolean

export type Property<S extends Components> =
  /** In every state that is reached. */
  | { readonly _tag: "Always"; readonly name: string; readonly holds: Holds<S> }
  /** Of every step between two states that are reached. */
  | { readonly _tag: "Step"; readonly name: string; readonly holds: (before: Read<S>, after: Read<S>) => boolean }
  /** In some state that is reached: a witness that the model is not vacuous. */
  | { readonly _tag: "Sometimes"; readonly name: string; readonly holds: Holds<S> }
  /** Once the premise holds, the goal holds then or later. */
  | { readonly _tag: "LeadsTo"; readonly name: string; readonly premise: Holds<S>; readonly goal: Holds<S> }
  /** If the premise holds for ever from some point on, so does the goal from some point on. */
  | { readonly _tag: "Stabilizes"; readonly name: string; readonly premise: Holds<S>; readonly goal: Holds<S> }

/** Elements that may be exchanged for each other everywhere; off where names break it. */
export interface Symmetry<S extends Components> {
  readonly elements: ReadonlyArray<string>
  /** The state with its elements renamed. */
  readonly rename: (state: S, renaming: ReadonlyMap<string, string>) => S
  /**
   * The same for one component at a time, where each depends on itself alone: what it is called then, and its value.
   * Remembered per value, so much faster.
   */
  readonly renameComponent?: (
    component: string,
    value: unknown,
    renaming: ReadonlyMap<string, string>
  ) => readonly [component: string, value: unknown]
}

export interface System<S extends Components> {
  readonly name: string
  /** Non-empty. */
  readonly initial: ReadonlyArray<S>
  readonly actions: ReadonlyArray<Action<S>>
  readonly eager?: ReadonlyArray<Eager<S>>
  /** Per class, how often; a class that no action names, and an action of a class that is not here, are reported. */
  readonly budgets: Readonly<Record<string, number>>
  readonly properties: ReadonlyArray<Property<S>>
  readonly symmetric?: Symmetry<S>
  /**
   * Asked when the search is over: why it is not all that may happen, although nothing was left out of it. Then
   * nothing holds but what was seen.
   */
  readonly doubt?: () => string | undefined
  /** The opaque names ("<kind>#<n>") that a value holds, for `Read.unused`; memoised per part. */
  readonly mentions?: (value: unknown) => Iterable<string>
}
