"""The GitHub workflow of a new project."""

WORKFLOW = """\
# Checks, tests, and builds each commit, and deploys those on main: to the stack of `dev` in
# samconfig.toml, and after an approval to that of `prod`. AWS trusts GitHub's token (OpenID
# Connect), so there is no key to keep. Each
# environment has the variables AWS_ROLE_ARN and AWS_REGION.
name: Deploy

on:
  push:
    branches: [main]
  pull_request:

permissions:
  contents: read

concurrency:
  group: deploy-${{ github.ref }}
  cancel-in-progress: ${{ github.event_name == 'pull_request' }}

jobs:
  check:
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - run: make lint
      - run: make test
      - run: make build

  staging:
    needs: check
    if: github.event_name == 'push'
    environment: staging
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    permissions:
      contents: read
      id-token: write
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - uses: aws-actions/configure-aws-credentials@v5
        with:
          role-to-assume: ${{ vars.AWS_ROLE_ARN }}
          aws-region: ${{ vars.AWS_REGION }}
      - run: make deploy CONFIG_ENV=dev ARGS=--yes

  production:
    needs: staging
    environment: production
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    permissions:
      contents: read
      id-token: write
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - uses: aws-actions/configure-aws-credentials@v5
        with:
          role-to-assume: ${{ vars.AWS_ROLE_ARN }}
          aws-region: ${{ vars.AWS_REGION }}
      - run: make deploy CONFIG_ENV=prod ARGS=--yes
"""
