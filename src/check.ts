/**
 * `gungnir/check`: controllers explored through every answer, order and fault,
 * as they are. A model says what there is, what may go wrong, and what shall hold.
 */
export { check, type Options as CheckOptions, type Progress, type Result } from "./interpreters/check/Check.ts"
export { type Compiled, compile, type Stepping } from "./interpreters/check/Model.ts"
export type { AnyController, Election, Model, ModelOperator, Seat, Timing } from "./models/closed/Model.ts"
export type { Action, Components, Eager, Outcome, Property, Read, System } from "./domain/check/System.ts"
export type { Coverage, Decision, Trace, Verdict } from "./domain/check/Trace.ts"
export { always, leadsTo, sometimes, stabilizes, step } from "./domain/check/Properties.ts"

/** The world around the controllers: an API server with its built-in controllers, kubelets and Valkey servers. */
export { type Options as WorldOptions, world } from "./models/closed/World.ts"
export type { Outside, Served } from "./models/closed/Outside.ts"
/** Its objects, for properties. */
export { kindIn, objectIn, type Parts } from "./models/closed/Parts.ts"
/** What people and other programs do to them: `Users.edits`, `Users.deletes`, `Users.touches`. */
export * as Users from "./models/closed/Users.ts"

/** What is true of any controller's world, requests and passes; and what a controller may promise besides. */
export { storeLaws } from "./laws/kube/Store.ts"
export { answerLaws } from "./laws/kube/Answers.ts"
export { passesEnd } from "./laws/kube/Passes.ts"
export * as Promises from "./laws/kube/Requests.ts"
export type { Carried, RequestLaw } from "./models/closed/Carried.ts"

/** Results for people: a table of verdicts, a trace as text. */
export * as Verdicts from "./interpreters/check/report/Verdicts.ts"
export * as TraceText from "./interpreters/check/report/Text.ts"
/** A violation made smaller, taken again outside the engine, written and read, as a chart, a page and a test. */
export { minimise } from "./interpreters/check/report/Minimise.ts"
export * as Replay from "./interpreters/check/report/Replay.ts"
export * as TraceFile from "./interpreters/check/report/TraceFile.ts"
export * as TraceChart from "./interpreters/check/report/Mermaid.ts"
export * as TracePage from "./interpreters/check/report/Page.ts"
export * as TraceTest from "./interpreters/check/report/Regression.ts"

/** The models of Gungnir's own programs, those that a module exports, and the system that a verdict names. */
export { all as models, type Checked } from "./laws/Models.ts"
export { modelsOf, systemNamed } from "./bin/Models.ts"
