"""The local cloud: an AWS emulator, the SES simulator and the real template, on one machine.

commands.py     the commands of `ses-stack local`
cloud.py        brings the local cloud up and down
servers.py      starts the emulator and the simulator
deployment.py   builds and deploys template.yaml
stack.py        the deployed stack: status, reset, invoke, logs
clients.py      boto3 clients and environment variables for it
state.py        the file that records what runs
demo/           the demonstration
simulator/      the SES simulator
"""
