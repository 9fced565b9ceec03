/**
 * What a program may ask of one outside system: a closed set of commands, and
 * the single place where they are performed.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Request from "effect/Request"
import * as Schema from "effect/Schema"

/** The lease that authorises writes is not (or no longer) held. */
export class NotLeader extends Schema.TaggedError<NotLeader>()("NotLeader", {}) {
  override get message(): string {
    return "refused: this operator does not hold the lease that authorises writes"
  }
}

/**
 * A command is data with one meaning: what goes over the wire, and what comes
 * back. Every interpreter, real or in memory, only carries the wire form.
 *
 * `any` is the top of these type parameters: `Request` is invariant in both.
 */
export type Command<Wire = any, Reply = any> = Request.Request<any, any> & {
  readonly _tag: string
  /** `claim` is the write of the lease itself: what fences the others cannot be fenced. */
  readonly access: "read" | "write" | "claim"
  readonly encode: () => Wire
  readonly decode: (reply: Reply) => Exit.Exit<any, any>
}

type ReplyOf<C extends Command> = C extends Command ? Parameters<C["decode"]>[0] : never

/**
 * `decode` yields what the class header promises and accepts every reply of the
 * capability; every fenced write may be refused for want of leadership.
 */
type Lawful<C extends Command, Reply = ReplyOf<C>> = C extends Command
  ? [Reply] extends [ReplyOf<C>]
    ? ReturnType<C["decode"]> extends Exit.Exit<Request.Success<C>, Request.Error<C>>
      ? C["access"] extends "read" | "claim"
        ? C
        : NotLeader extends Request.Error<C>
          ? C
          : never
      : never
    : never
  : never

/** What performing one command yields. */
export type Outcome<C extends Command, R = never> = Effect.Effect<Request.Success<C>, Request.Error<C>, R>

/** An interpreter of the commands `C`. */
export interface Performs<C extends Command> {
  readonly perform: <A extends C>(command: A) => Outcome<A>
}

/** What goes around any capability without knowing its commands. */
export type Wrap = <C extends Command>(inner: Performs<C>) => Performs<C>

/** Typed answers, one per command: for tests and embedders. A missing or ill-typed one is a compile error. */
export type Handlers<C extends Command> = {
  readonly [Tag in C["_tag"]]: (
    command: Extract<C, { readonly _tag: Tag }>
  ) => Outcome<Extract<C, { readonly _tag: Tag }>>
}

/** The one way to the outside: `send` never fails, a transport failure is a reply of its own. */
export type Transport<Wire, Reply> = (wire: Wire) => Effect.Effect<Reply>

/** What a capability is besides the tag of its service. */
export interface CapabilityClass<Self, C extends Command, Id extends string> extends Context.ServiceClass<
  Self,
  Id,
  Performs<C>
> {
  readonly perform: <A extends C>(command: A) => Outcome<A, Self>
  /** An interpreter that carries wire forms through `send`. */
  readonly over: (send: Transport<ReturnType<C["encode"]>, Parameters<C["decode"]>[0]>) => Performs<C>
  readonly fromHandlers: (handlers: Handlers<C>) => Performs<C>
}

/**
 * Declares a capability:
 * `class Valkey extends Capability<Valkey, Command>()("gungnir/domain/valkey/Valkey") {}`,
 * then `Valkey.perform(new ReplicaOf({ ... }))` in programs.
 */
export const Capability =
  <Self, C extends Command>(..._lawful: [C] extends [Lawful<C>] ? [] : [never]) =>
  <const Id extends string>(id: Id): CapabilityClass<Self, C, Id> =>
    class extends Context.Service<Self, Performs<C>>()(id) {
      static readonly perform = <A extends C>(command: A): Outcome<A, Self> =>
        this.use((inner) => inner.perform(command))

      /** Sound by `Lawful`: `decode` of a command has the types of its header. */
      static readonly over = (send: Transport<ReturnType<C["encode"]>, Parameters<C["decode"]>[0]>): Performs<C> => ({
        perform: (command) => Effect.flatMap(send(command.encode()), (reply) => command.decode(reply))
      })

      /** The record is total over the tags, so the lookup is sound; TypeScript cannot follow the correlation. */
      static readonly fromHandlers = (handlers: Handlers<C>): Performs<C> => ({
        perform: (command) =>
          (handlers[command._tag as C["_tag"]] as (command: Command) => Effect.Effect<any, any>)(command)
      })
    }
