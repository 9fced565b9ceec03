/**
 * A step being made: components as they will be, read through to those that
 * are, so that one step can be put together from several small ones.
 */
import type { Components, Read } from "../../../domain/check/System.ts"

/** One component with its type: whoever holds the cell holds the only key to it. */
export interface Cell<A> {
  readonly name: string
  readonly initial: A
}

export const cell = <A>(name: string, initial: A): Cell<A> => ({ name, initial })

export class Draft {
  readonly set: Record<string, unknown> = {}
  /** What happened in it, for people. */
  readonly says: Array<string> = []
  breaks: string | undefined
  /** Whether a program looked into its caches in it. */
  looked = false
  /** Whether a program in it knows how long it has been running. */
  isTimed = false
  private readonly read: Read<Components>

  constructor(read: Read<Components>) {
    this.read = read
  }

  /** Sound: a component is what its cell began with, or what `put` of the same cell made it. */
  get<A>({ name }: Cell<A>): A {
    return (name in this.set ? this.set[name] : this.read(name)) as A
  }

  put<A>({ name }: Cell<A>, value: A): void {
    this.set[name] = value
  }

  /** Components that are not ours. */
  merge(set: Components): void {
    Object.assign(this.set, set)
  }

  /** The same step so far, which may go on otherwise. */
  copied(): Draft {
    const copy = new Draft(this.read)
    copy.merge(this.set)
    copy.says.push(...this.says)
    copy.breaks = this.breaks
    copy.looked = this.looked
    copy.isTimed = this.isTimed
    return copy
  }

  /** The state as it will be. */
  readonly now: Read<Components> = Object.assign(
    (name: string) => (name in this.set ? this.set[name] : this.read(name)),
    {
      unused: (kind: string, nth?: number) => this.read.unused(kind, nth)
    }
  )
}
