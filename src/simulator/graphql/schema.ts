import { buildSchema } from 'graphql';
import type { GraphQLSchema } from 'graphql';

/** As much of Fly's schema as autoscalers and their libraries ask for, deprecated arguments included. */
export const schema: GraphQLSchema = buildSchema(`
  scalar ISO8601DateTime
  scalar BigInt

  interface Node { id: ID! }

  type Query {
    apps(
      type: String @deprecated(reason: "will be removed")
      first: Int last: Int after: String before: String
      organizationId: ID role: String platform: String active: Boolean
    ): AppConnection!
    app(name: String, internalId: String): App
    organization(id: ID, slug: String, name: String): Organization
    organizations(first: Int, after: String): OrganizationConnection!
    node(id: ID!): Node
    nodes(ids: [ID!]!): [Node]!
    viewer: User
  }

  type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  type AppConnection { edges: [AppEdge] nodes: [App] pageInfo: PageInfo! totalCount: Int! }
  type AppEdge { cursor: String! node: App }
  type OrganizationConnection { nodes: [Organization] pageInfo: PageInfo! totalCount: Int! }

  type Organization implements Node {
    id: ID!
    internalNumericId: BigInt!
    slug: String!
    rawSlug: String!
    name: String!
    type: String!
    billable: Boolean!
    apps(first: Int, last: Int, after: String, before: String): AppConnection!
    limitedAccessTokens(first: Int, after: String): LimitedAccessTokenConnection!
  }

  type LimitedAccessTokenConnection { nodes: [LimitedAccessToken] pageInfo: PageInfo! totalCount: Int! }
  type LimitedAccessToken implements Node {
    id: ID! name: String! token: String! expiresAt: ISO8601DateTime! revokedAt: ISO8601DateTime user: User
  }
  type User { id: ID! email: String name: String }

  type App implements Node {
    id: ID!
    internalNumericId: Int!
    name: String!
    deployed: Boolean!
    hostname: String
    platformVersion: String
    status: String!
    state: String!
    role: AppRole
    createdAt: ISO8601DateTime!
    organization: Organization!
    currentRelease: Release
    currentReleaseUnprocessed: ReleaseUnprocessed
    releases(first: Int, after: String): ReleaseConnection!
  }
  type AppRole { name: String! }
  type ReleaseConnection { nodes: [Release] pageInfo: PageInfo! totalCount: Int! }
  type Release implements Node {
    id: ID! version: Int! description: String! reason: String! status: String! imageRef: String
    stable: Boolean! user: User createdAt: ISO8601DateTime! inProgress: Boolean!
  }
  type ReleaseUnprocessed implements Node {
    id: ID! version: Int! description: String! reason: String! status: String! imageRef: String
    stable: Boolean! user: User createdAt: ISO8601DateTime! inProgress: Boolean!
  }
`);
