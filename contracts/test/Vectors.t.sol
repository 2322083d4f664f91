// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EpochReport} from "../src/Types.sol";
import {RegistryTest} from "./support/RegistryTest.sol";
import {VM} from "./support/Vm.sol";

/// The golden vectors that TypeScript reads too: signatures, record hashes and seeds.
contract VectorsTest is RegistryTest {
    struct AuditRecord {
        uint64 epoch;
        uint32 slot;
        uint32 draw;
        address validator;
        bytes32 nodeId;
        uint8 kind;
        bytes32 challengeHash;
        bytes32 commitment;
        bytes32 openingHash;
        uint8 outcome;
        uint8 reason;
        uint32 elapsedMs;
        uint64 measure;
        uint64 freshnessRound;
        uint64 startedAt;
        bytes32 transcriptHash;
    }

    string private _json;

    function test_Domain() external {
        _json = VM.readFile("test/vectors/eip712.json");
        same(address(registry), VM.parseJsonAddress(_json, ".domain.registry"), "registry");
        same(block.chainid, _number(".domain.chainId"), "chain id");
        same(registry.domainSeparator(), _word(".domainSeparator"), "separator");
        (, string memory name, string memory version,,,,) = registry.eip712Domain();
        same(name, VM.parseJsonString(_json, ".domain.name"), "name");
        same(version, VM.parseJsonString(_json, ".domain.version"), "version");
    }

    function test_Report() external {
        _json = VM.readFile("test/vectors/eip712.json");
        EpochReport memory report = EpochReport({
            epoch: uint64(_number(".report.message.epoch")),
            validator: VM.parseJsonAddress(_json, ".report.message.validator"),
            auditRoot: _word(".report.message.auditRoot"),
            summaryRoot: _word(".report.message.summaryRoot"),
            due: uint32(_number(".report.message.due")),
            done: uint32(_number(".report.message.done")),
            seed: _word(".report.message.seed"),
            beaconRound: uint64(_number(".report.message.beaconRound")),
            nodeCount: uint32(_number(".report.message.nodeCount")),
            policyHash: _word(".report.message.policyHash"),
            previous: _word(".report.message.previous"),
            archiveHash: _word(".report.message.archiveHash")
        });
        same(registry.hashReport(report), _word(".report.structHash"), "struct hash");
        bytes memory signature = signedBy(uint256(_word(".signer.privateKey")), report);
        same(keccak256(signature), keccak256(VM.parseJsonBytes(_json, ".report.signature")), "signature");
    }

    function test_NodeKeyDigest() external {
        _json = VM.readFile("test/vectors/eip712.json");
        address operator = VM.parseJsonAddress(_json, ".nodeKey.message.operator");
        bytes32 structHash = keccak256(abi.encode(NODE_KEY_TYPEHASH, operator, _word(".nodeKey.message.nodeId")));
        same(structHash, _word(".nodeKey.structHash"), "struct hash");
        bytes memory payload = abi.encodePacked(hex"1901", registry.domainSeparator(), structHash);
        same(keccak256(payload), keccak256(VM.parseJsonBytes(_json, ".nodeKey.payload")), "payload");
        same(sha256(payload), _word(".nodeKey.digest"), "digest");
    }

    function test_RecordHashes() external {
        _json = VM.readFile("test/vectors/record.json");
        bytes32 typeHash = keccak256(bytes(VM.parseJsonString(_json, ".typeString")));
        uint256 count = _number(".count");
        yes(count > 0, "has records");
        for (uint256 i = 0; i < count; ++i) {
            string memory at = string.concat(".records[", VM.toString(i), "].");
            same(keccak256(abi.encode(typeHash, _record(at))), _word(string.concat(at, "recordHash")), at);
        }
    }

    /// Every vector's seed is accepted after the one before it, the longest gap included.
    function test_SeedChain() external {
        _json = VM.readFile("test/vectors/seed.json");
        uint64 effective = uint64(_number(".effective"));
        same(effective, 2, "effect epoch of a registration in epoch 0");
        registerAlice(_word(".tip"));
        uint256 count = _number(".count");
        for (uint256 i = 0; i < count; ++i) {
            string memory at = string.concat(".epochs[", VM.toString(i), "].");
            postInTime(reportOf(ALICE, uint64(_number(string.concat(at, "epoch"))), _word(string.concat(at, "seed"))));
        }
        (uint64 lastEpoch,,) = registry.lastReport(ALICE);
        same(lastEpoch, effective + _number(".length") - 1, "the secret itself was the last seed");
    }

    function _record(string memory at) private view returns (AuditRecord memory record) {
        record.epoch = uint64(_number(string.concat(at, "epoch")));
        record.slot = uint32(_number(string.concat(at, "slot")));
        record.draw = uint32(_number(string.concat(at, "draw")));
        record.validator = VM.parseJsonAddress(_json, string.concat(at, "validator"));
        record.nodeId = _word(string.concat(at, "nodeId"));
        record.kind = uint8(_number(string.concat(at, "kind")));
        record.challengeHash = _word(string.concat(at, "challengeHash"));
        record.commitment = _word(string.concat(at, "commitment"));
        record.openingHash = _word(string.concat(at, "openingHash"));
        record.outcome = uint8(_number(string.concat(at, "outcome")));
        record.reason = uint8(_number(string.concat(at, "reason")));
        record.elapsedMs = uint32(_number(string.concat(at, "elapsedMs")));
        record.measure = uint64(_number(string.concat(at, "measure")));
        record.freshnessRound = uint64(_number(string.concat(at, "freshnessRound")));
        record.startedAt = uint64(_number(string.concat(at, "startedAt")));
        record.transcriptHash = _word(string.concat(at, "transcriptHash"));
    }

    function _number(string memory key) private view returns (uint256) {
        return VM.parseJsonUint(_json, key);
    }

    function _word(string memory key) private view returns (bytes32) {
        return VM.parseJsonBytes32(_json, key);
    }
}
