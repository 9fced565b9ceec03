/**
 * Where in somebody's program something happened, for a sentence: the first line
 * of a stack that is neither Effect's nor the checker's.
 */
import { relative } from "node:path"
import { fileURLToPath } from "node:url"

const mostFrames = 50

/** The checker, in sources and in built files alike. */
const checker = fileURLToPath(new URL("../", import.meta.url))

/** Locations in ES modules are URLs, others are paths. */
const pathOf = (location: string): string => (location.startsWith("file:") ? fileURLToPath(location) : location)

const isChecker = (path: string): boolean => path.startsWith(checker)
const isTheirs = (path: string): boolean => !path.startsWith("node:") && !/[\\/]node_modules[\\/]effect[\\/]/.test(path)

const shortened = (path: string): string => {
  const near = relative(process.cwd(), path)
  return near.startsWith("..") ? path : near
}

/** As `file:line:column`; undefined: no line of the program is on this stack. */
export const placeIn = (stack: string): string | undefined => {
  const frames = [...stack.matchAll(/^ +at .*?\(?((?:file:|node:|[\\/]|\w:\\).*:\d+:\d+)\)?$/gm)]
  const paths = frames.map(([, at]) => pathOf(at!))
  const begin = paths.findIndex((path) => !isChecker(path))
  const end = paths.findIndex((path, at) => at > begin && isChecker(path))
  const found = begin < 0 ? undefined : paths.slice(begin, end < 0 ? undefined : end).find(isTheirs)
  return found === undefined ? undefined : shortened(found)
}

/** Errors made by `body` know where they come from; elsewhere in a step that would cost more than the step. */
export const withStacks = <A>(body: () => A): A => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = mostFrames
  try {
    return body()
  } finally {
    Error.stackTraceLimit = limit
  }
}

/** For the end of a sentence; empty: nobody knows where. */
export const told = (stack: string | undefined): string => {
  const place = stack === undefined ? undefined : placeIn(stack)
  return place === undefined ? "" : ` (${place})`
}
