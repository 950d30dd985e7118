# syntax=docker/dockerfile:1

# The build runs on the builder's own processor, and takes the packages of the one that the image is for: only the
# database has a part that depends on it, which comes prebuilt.
#   docker buildx build --platform linux/amd64,linux/arm64 -t fly-autoscaler .
FROM --platform=$BUILDPLATFORM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build
ARG TARGETARCH
RUN cpu=$(echo "${TARGETARCH:-$(uname -m)}" | sed 's/amd64/x64/; s/x86_64/x64/; s/aarch64/arm64/') \
  && npm ci --omit=dev --ignore-scripts --os=linux --libc=glibc --cpu="$cpu" \
  && rm -rf node_modules/@libsql/*-musl

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
