// Where the repository's documents are: OpenAPI and vectors.

import { fileURLToPath } from "node:url";

const docs = process.env.PAYRELAY_DOCS ?? fileURLToPath(new URL("../../../../docs", import.meta.url));

export const OPENAPI = `${docs}/openapi`;
export const VECTORS = `${docs}/vectors`;
