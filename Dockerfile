# One image for both processes; the command says which. Needs nothing but the npm registry to build.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund --ignore-scripts
COPY . .
# The Prisma client is generated offline: see the script "generate".
RUN npm run -s build && rm -rf dist/test dist/bench dist/apps/local dist/chunks/local

FROM node:22-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Optional ones too are tools: the Prisma CLI, TypeScript. And of Prisma's engines one is used, the one for Postgres.
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund --ignore-scripts && npm cache clean --force \
  && find node_modules/@prisma/client/runtime -regextype posix-extended \
    -regex '.*(cockroachdb|mysql|sqlite|sqlserver).*' -delete

FROM node:22-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY bin bin
COPY prisma/migrations prisma/migrations
COPY templates templates
USER node
EXPOSE 8080
# For the API, which answers within half a second, whatever is down: the rest is for a busy machine to start Node. A worker has no port: it ends when it cannot go on, and compose says so (healthcheck: disable).
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Exec form, so that SIGTERM reaches the process: it finishes what runs and exits 0.
CMD ["node", "--enable-source-maps", "dist/apps/api/src/main.js"]
