/** Says in one line that this Node is too old, before a library says it in many: imported first. */
import { versions } from "node:process"

/** As `engines` of package.json. */
export const oldest = { major: 22, minor: 19 } as const

const [major = 0, minor = 0] = versions.node.split(".").map(Number)

if (major < oldest.major || (major === oldest.major && minor < oldest.minor)) {
  process.stderr.write(`gungnir: Node ${oldest.major}.${oldest.minor} or newer is needed, this is ${versions.node}\n`)
  process.exit(1)
}
