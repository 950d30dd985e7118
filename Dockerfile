# syntax=docker/dockerfile:1

# Nothing in the build depends on the processor, so it runs once on the builder's own and serves amd64 and arm64:
#   docker buildx build --platform linux/amd64,linux/arm64 -t fly-autoscaler .
FROM --platform=$BUILDPLATFORM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
EXPOSE 9090
# No shell and no npm in between: signals reach the program itself.
# A heap that grows slowly keeps a fleet of thousands within 256 MB; it costs a few percent of processor time.
ENTRYPOINT ["node", "--max-semi-space-size=1", "--heap-growing-percent=25", "/app/dist/cli/main.js"]
CMD ["serve"]
