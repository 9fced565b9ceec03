/**
 * Logs on stderr: one line of text or one JSON object for each entry
 * (`gungnir:6.3`).
 */
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"

export interface Options {
  readonly verbose: boolean
  readonly logLevel: "error" | "warn" | "info" | "debug"
  readonly logFormat: "text" | "json"
}

export const levels = { error: "Error", warn: "Warn", info: "Info", debug: "Debug" } as const

export const layer = ({ logFormat, logLevel, verbose }: Options): Layer.Layer<never> =>
  Layer.mergeAll(
    Logger.layer([Logger.withConsoleError(logFormat === "json" ? Logger.formatJson : Logger.formatLogFmt)]),
    Layer.succeed(References.MinimumLogLevel, levels[verbose ? "debug" : logLevel])
  )
